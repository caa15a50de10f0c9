import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import type { TestController as RealController } from "vscode";

import { RUN, type RunParams, type RunResult } from "../../../extension/src/client/protocol.generated";
import { REST } from "../../../extension/src/state/saves";
import { CancelButton } from "../../../extension/src/ui/cancelButton";
import { Explorer } from "../../../extension/src/ui/explorer";
import { Painter } from "../../../extension/src/ui/painter";
import { Profiles } from "../../../extension/src/ui/profiles";
import { RunOnSave } from "../../../extension/src/ui/runOnSave";
import { Runs } from "../../../extension/src/ui/runs";
import { ROOT, change, file, lines, node, record, root } from "../support/samples";
import { FakeServer } from "../support/server";
import {
  CancellationTokenSource,
  TestController,
  TestRunRequest,
  Uri,
  executed,
  saved,
  statusBarItems,
  statusMessages,
} from "../support/vscode";

const NOTHING: RunResult = {
  run: null,
  exitStatus: null,
  cancelled: false,
  counts: {},
  duration: 0,
  problem: null,
};

mock.timers.enable({ apis: ["setTimeout"] });

class Scene {
  readonly controller = new TestController();
  readonly server = new FakeServer();
  readonly problems: string[] = [];
  readonly counts: number[] = [];
  readonly explorer = new Explorer(this.controller as unknown as RealController, () => undefined);
  readonly runs = new Runs(this.explorer, this.server, new Painter(), () => undefined);
  isStepping = false;
  readonly onSave = new RunOnSave(this.explorer, this.runs, {
    isLeftToOthers: () => this.isStepping,
    prepare: () => Promise.resolve(),
    report: (problem) => this.problems.push(problem),
    failed: (error) => {
      throw error;
    },
  });

  constructor() {
    const files = [file("t.py", [node("t.py::test_a", { range: lines(1, 2) })])];
    this.explorer.setRoots([root()]);
    this.explorer.apply(change(1, { reset: true, files }));
    this.runs.onDidChangeOwn((count) => this.counts.push(count));
    new Profiles(this.explorer, this.runs, this.server, {
      rootsOf: () => [],
      tellNothing: () => undefined,
      watch: (request, token) => {
        this.onSave.watch(request, token);
      },
      stepwise: () => Promise.resolve(),
      prepare: () => Promise.resolve(),
      coverageOf: () => "files",
    });
    this.answer({});
  }

  /** What comes of runs from now on; those that have run something have begun. */
  answer(result: Partial<RunResult>): void {
    this.server.answer(RUN, ({ token }) => {
      const whole = { ...NOTHING, ...result };
      if (whole.run !== null) {
        this.runs.started({ root: ROOT, run: "r", token, command: "python -m pytest --ff t.py" });
        const events = [{ kind: "finished", record: record("t.py::test_a") }] as const;
        this.runs.events({ root: ROOT, run: "r", token, selected: null, events });
      }
      return whole;
    });
  }

  /** VS Code turns continuous run on, for chosen rows or for all. */
  turnOn(...ids: readonly string[]): CancellationTokenSource {
    const source = new CancellationTokenSource();
    const rows = ids.map((id) => this.explorer.tree(ROOT)?.find(id) as never);
    const request = new TestRunRequest(rows.length > 0 ? rows : undefined, [], undefined, true);
    const profile = this.controller.profiles.find(({ isContinuous }) => isContinuous);
    void profile?.handler(request, source.token);
    return source;
  }

  /** Saves files and lets everything that follows happen. */
  async save(...uris: readonly string[]): Promise<void> {
    for (const uri of uris) saved.fire({ uri: Uri.parse(uri) });
    mock.timers.tick(REST);
    await new Promise((resolve) => setImmediate(resolve));
  }

  get selections(): unknown[] {
    return this.server.requests.map(({ params }) => (params as RunParams).selection);
  }
}

let scene = new Scene();

beforeEach(() => {
  scene.onSave.dispose();
  scene = new Scene();
});

test("only the default profile runs continuously", () => {
  const continuous = scene.controller.profiles.filter(({ isContinuous }) => isContinuous);

  assert.deepEqual(
    continuous.map(({ label }) => label),
    ["Run"],
  );
});

test("what is saved is asked for while continuous run is on, and not before or after", async () => {
  await scene.save(`${ROOT}/shop.py`);
  const source = scene.turnOn();
  assert.equal(statusMessages.at(-1), "$(eye) Tests run on save");
  await scene.save(`${ROOT}/shop.py`, `${ROOT}/t.py`, `${ROOT}/shop.py`);
  await scene.save("file:///elsewhere/t.py");
  saved.fire({ uri: Uri.parse(`${ROOT}/t.py`) });
  source.cancel();
  await scene.save(`${ROOT}/shop.py`);

  assert.deepEqual(scene.selections, [
    { kind: "changed", ids: [], exclude: [], files: [`${ROOT}/shop.py`, `${ROOT}/t.py`] },
  ]);
  assert.equal(statusMessages.at(-1), "$(eye-closed) Tests no longer run on save");
});

test("chosen rows narrow what runs", async () => {
  scene.turnOn("t.py::test_a");

  await scene.save(`${ROOT}/t.py`);

  assert.deepEqual(scene.selections, [
    { kind: "changed", ids: ["t.py::test_a"], exclude: [], files: [`${ROOT}/t.py`] },
  ]);
});

test("stepwise alone runs what is saved while it is on", async () => {
  scene.turnOn();
  scene.isStepping = true;
  await scene.save(`${ROOT}/shop.py`);
  scene.isStepping = false;
  await scene.save(`${ROOT}/t.py`);

  assert.deepEqual(scene.selections, [{ kind: "changed", ids: [], exclude: [], files: [`${ROOT}/t.py`] }]);
});

test("where there is nothing to run nothing is seen of it", async () => {
  scene.turnOn();

  await scene.save(`${ROOT}/shop.py`);

  assert.equal(scene.server.requests.length, 1);
  assert.deepEqual(scene.controller.runs, []);
  assert.ok(scene.counts.every((count) => count === 0));
});

test("a run of what was saved is shown once it has begun, and never takes the focus", async () => {
  scene.answer({ run: "r", counts: { passed: 1 } });
  scene.turnOn();

  await scene.save(`${ROOT}/t.py`);

  const [run] = scene.controller.runs;
  assert.deepEqual([run?.name, run?.isEnded], ["Run on Save", true]);
  assert.deepEqual([run?.request.continuous, run?.request.preserveFocus], [true, true]);
  assert.match(run?.output ?? "", /\$ python -m pytest --ff t\.py/);
  assert.deepEqual(scene.counts, [0, 1, 0]);
  assert.equal(scene.runs.lastCommandLine, "python -m pytest --ff t.py");
});

test("what keeps pytest from running is told once, and again after it has run", async () => {
  scene.turnOn();
  scene.answer({ problem: "Python has no pytest." });
  await scene.save(`${ROOT}/t.py`);
  await scene.save(`${ROOT}/t.py`);
  assert.deepEqual(scene.problems, ["Python has no pytest."]);

  scene.answer({ run: "r" });
  await scene.save(`${ROOT}/t.py`);
  scene.answer({ problem: "Python has no pytest." });
  await scene.save(`${ROOT}/t.py`);

  assert.equal(scene.problems.length, 2);
});

test("the command turns VS Code's own continuous run on and off", async () => {
  await scene.onSave.toggle();
  const source = scene.turnOn();
  await scene.onSave.toggle();
  source.cancel();
  await scene.onSave.toggle();

  assert.deepEqual(executed.slice(-3), [
    "testing.startContinuousRun",
    "testing.stopContinuousRun",
    "testing.startContinuousRun",
  ]);
});

test("the button is there while runs are, and cancels all of them", async () => {
  const button = new CancelButton(scene.runs.onDidChangeOwn);
  const item = statusBarItems.at(-1);
  const ends: (() => void)[] = [];
  scene.server.answer(
    RUN,
    (_, cancellation) =>
      new Promise<RunResult>((resolve) => {
        cancellation?.onCancellationRequested(() => {
          ends.push(() => {
            resolve({ ...NOTHING, cancelled: true });
          });
        });
      }),
  );
  const part = { root: ROOT, selection: { kind: "all" } } as const;
  const runs = [1, 2].map((number) => scene.runs.run(new TestRunRequest() as never, String(number), [part]));

  assert.deepEqual([item?.isShown, item?.text], [true, "$(debug-stop)"]);
  assert.equal(item?.accessibilityInformation?.label, "Cancel 2 test runs, also those that wait");
  scene.runs.cancelAll();
  assert.equal(ends.length, 2);
  ends[0]?.();
  await runs[0];
  assert.deepEqual([item.isShown, item.tooltip], [true, "Cancel the test run"]);
  ends[1]?.();
  await runs[1];
  assert.equal(item.isShown, false);
  button.dispose();
});
