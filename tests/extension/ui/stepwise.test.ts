import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, mock, test } from "node:test";

import {
  RUN,
  STEPWISE,
  type RunResult,
  type StepwiseResult,
} from "../../../extension/src/client/protocol.generated";
import { HumanError } from "../../../extension/src/platform/errors";
import type { StatusView } from "../../../extension/src/state/summary";
import { Explorer } from "../../../extension/src/ui/explorer";
import { Painter } from "../../../extension/src/ui/painter";
import { Runs } from "../../../extension/src/ui/runs";
import { Stepwise } from "../../../extension/src/ui/stepwise";
import { ROOT, change, failedRecord, file, node, root } from "../support/samples";
import { FakeServer } from "../support/server";
import {
  TestController,
  TestRunRequest,
  Uri,
  editedDocuments,
  saved,
  shownDocuments,
  workspace,
} from "../support/vscode";

const uri = Uri.parse(`${ROOT}/t.py`);

function standAt(number: number): StepwiseResult {
  const test = `t.py::test_${String(number)}`;
  const record = failedRecord(test, "assert 0");
  return { test, position: number, total: 9, passed: null, through: false, record, error: null };
}

class Scene {
  readonly server = new FakeServer();
  readonly stepwise: Stepwise;
  readonly errors: string[] = [];
  view: StatusView | null = null;
  /** How the steps end, one after the other; the last one stays. */
  stands: readonly StepwiseResult[] = [standAt(1)];

  constructor() {
    const explorer = new Explorer(new TestController() as never, () => undefined);
    explorer.setRoots([root()]);
    explorer.apply(change(1, { reset: true, files: [file("t.py", [node("t.py::test_1")])] }));
    const runs = new Runs(explorer, this.server, new Painter(), (problem) => this.errors.push(problem));
    const log = {
      info: () => 0,
      warn: () => 0,
      show: () => 0,
      error: (text: string) => this.errors.push(text),
    };
    this.stepwise = new Stepwise(explorer, runs, this.server, log, {
      show: (view) => {
        this.view = view;
      },
      prepare: () => Promise.resolve(),
    });
    const stopped = { run: "r", exitStatus: 2, cancelled: false, counts: {}, duration: 1, problem: null };
    this.server.answer(RUN, () => stopped);
    this.server.answer(STEPWISE, () => {
      const [now = standAt(1), ...later] = this.stands;
      if (later.length > 0) this.stands = later;
      return now;
    });
  }

  start(): Promise<void> {
    return this.stepwise.start(new TestRunRequest() as never);
  }

  get steps(): unknown[] {
    const runs = this.server.requests.filter(({ method }) => method === RUN);
    return runs.map(
      ({ params }) => (params as { readonly selection: { readonly kind: string } }).selection.kind,
    );
  }
}

/** Lets the saves be over, and what follows from them happen. */
async function rest(): Promise<void> {
  mock.timers.tick(300);
  for (let turns = 0; turns < 50; turns += 1) await Promise.resolve();
}

beforeEach(() => {
  mock.timers.reset();
  mock.timers.enable({ apis: ["setTimeout"] });
  shownDocuments.length = 0;
  workspace.workspaceFolders = [{ uri: Uri.parse(ROOT), name: "shop" }];
});

test("several saves at once make one step, and a save elsewhere makes none", async () => {
  const scene = new Scene();
  saved.fire({ uri });
  await rest();
  await scene.start();

  saved.fire({ uri });
  mock.timers.tick(299);
  saved.fire({ uri });
  saved.fire({ uri: Uri.parse("vscode-userdata:/settings.json") });
  await rest();

  assert.deepEqual(scene.steps, ["stepwise", "stepwise"]);
  assert.equal(scene.view?.text, "$(debug-step-over) stepwise 1/9");
  assert.deepEqual(scene.errors, []);
  scene.stepwise.dispose();
});

test("the same failure is opened once, another one anew, and none under somebody's fingers", async () => {
  const scene = new Scene();
  scene.stands = [standAt(1), standAt(1), standAt(2), standAt(3)];
  await scene.start();
  assert.equal(shownDocuments.length, 1);

  saved.fire({ uri });
  await rest();
  assert.equal(shownDocuments.length, 1);
  saved.fire({ uri });
  await rest();
  assert.equal(shownDocuments.length, 2);

  saved.fire({ uri });
  editedDocuments.fire({ document: { uri, isDirty: true }, contentChanges: [{}] });
  await rest();
  assert.equal(scene.view?.text, "$(debug-step-over) stepwise 3/9");
  assert.equal(shownDocuments.length, 2);
  saved.fire({ uri });
  await rest();

  assert.equal(shownDocuments.length, 3);
  scene.stepwise.dispose();
});

test("stopping cancels the step that is under way, and nothing more happens by saves", async () => {
  const scene = new Scene();
  const cancelled: RunResult = {
    run: "r",
    exitStatus: null,
    cancelled: true,
    counts: {},
    duration: 1,
    problem: null,
  };
  scene.server.answer(
    RUN,
    (_, cancellation) =>
      new Promise((resolve) => {
        cancellation?.onCancellationRequested(() => {
          resolve(cancelled);
        });
      }),
  );
  const started = scene.start();
  await rest();
  assert.equal(scene.view?.text, "$(sync~spin) stepwise");

  await scene.stepwise.stop();
  await started;
  saved.fire({ uri });
  await rest();

  assert.equal(scene.view, null);
  assert.deepEqual(scene.steps, ["stepwise"]);
  await assert.rejects(scene.stepwise.skip(), HumanError);
  await assert.rejects(scene.stepwise.stop(), HumanError);
  scene.stepwise.dispose();
});

test("what a terminal has done is asked for while the walk waits, and its place is shown", async () => {
  const scene = new Scene();
  scene.stands = [standAt(1), standAt(4)];
  await scene.start();
  scene.stepwise.cacheChanged("file:///bank");

  scene.stepwise.cacheChanged(ROOT);
  await rest();

  assert.equal(scene.view?.text, "$(debug-step-over) stepwise 4/9");
  assert.deepEqual(scene.steps, ["stepwise"]);
  assert.equal(shownDocuments.length, 1);
  scene.stepwise.dispose();
});
