import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import type { TestController as RealController, TestItem, TestRunRequest as RealRequest } from "vscode";

import {
  RUN,
  type RunEvent,
  type RunEventsParams,
  type RunParams,
  type RunResult,
} from "../../../extension/src/client/protocol.generated";
import { ServerLost } from "../../../extension/src/state/server";
import { HumanError } from "../../../extension/src/platform/errors";
import { copyCommandLine } from "../../../extension/src/ui/commandLine";
import { Explorer } from "../../../extension/src/ui/explorer";
import { FAILED_FIRST, NEW_FIRST } from "../../../extension/src/ui/orders";
import { Painter } from "../../../extension/src/ui/painter";
import { Profiles } from "../../../extension/src/ui/profiles";
import { LAST_FAILED, OUTSTANDING } from "../../../extension/src/ui/reruns";
import { Runs } from "../../../extension/src/ui/runs";
import { block, renderRun, renderTestTree } from "../support/draw";
import { ROOT, change, failedRecord, file, line, lines, node, record, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { CancellationTokenSource, TestController, TestRunRequest, copied, messages } from "../support/vscode";

const DONE: RunResult = {
  run: "r",
  exitStatus: 0,
  cancelled: false,
  counts: {},
  duration: 1,
  problem: null,
};

const TESTS = [
  file(
    "t.py",
    [
      node("t.py::test_a", { range: lines(1, 2), failed: true }),
      node("t.py::test_b", { range: lines(4, 5) }),
      node("t.py::test_c", { range: lines(7, 8), unfinished: true }),
    ],
    { failed: true, unfinished: true },
  ),
];

class Scene {
  readonly controller = new TestController();
  readonly server = new FakeServer();
  readonly problems: string[] = [];
  readonly explorer: Explorer;
  readonly runs: Runs;
  readonly profiles: Profiles;
  readonly nothing: string[] = [];
  readonly watched: unknown[] = [];
  /** The roots with something to rerun. */
  rerunRoots: readonly string[] = [ROOT];

  constructor() {
    this.explorer = new Explorer(this.controller as unknown as RealController, () => undefined);
    this.explorer.setRoots([root()]);
    this.explorer.apply(change(1, { reset: true, files: TESTS }));
    this.runs = new Runs(this.explorer, this.server, new Painter(), (problem) => this.problems.push(problem));
    this.profiles = new Profiles(this.explorer, this.runs, this.server, {
      rootsOf: () => this.rerunRoots,
      tellNothing: ({ nothing }) => this.nothing.push(nothing),
      stepwise: () => Promise.resolve(),
      watch: (request) => this.watched.push(request),
      prepare: () => Promise.resolve(),
      coverageOf: () => "files",
    });
  }

  /** While the run lasts, the server tells of `events`. */
  whileRunning(events: readonly RunEvent[], result: Partial<RunResult> = {}): this {
    this.server.answer(RUN, ({ token }) => {
      this.runs.started({ root: ROOT, run: "r", token, command: "python -m pytest" });
      this.runs.events(this.eventsOf(token, events));
      return { ...DONE, ...result };
    });
    return this;
  }

  eventsOf(token: string | null, events: readonly RunEvent[]): RunEventsParams {
    return { root: ROOT, run: "r", token, selected: null, events };
  }

  async run(label: string, request = new TestRunRequest()): Promise<void> {
    const profile = this.controller.profiles.find((one) => one.label === label);
    await profile?.handler(request, new CancellationTokenSource().token);
  }

  row(id: string): TestItem {
    const item = this.explorer.tree(ROOT)?.find(id);
    assert(item !== undefined);
    return item;
  }

  get selections(): unknown[] {
    return this.server.requests.map(({ params }) => (params as RunParams).selection);
  }
}

test("what a run has to tell besides its results is told once", async () => {
  messages.length = 0;
  const scene = new Scene().whileRunning([], { notices: ["One.", "Two."] });

  await scene.run("Run");
  await scene.run("Run");

  assert.deepEqual(
    messages.map(({ text }) => text),
    ["One.", "Two."],
  );
  assert.deepEqual(scene.problems, []);
});

test("results are drawn as they come, and tests that did not run stay as they were", async () => {
  const scene = new Scene().whileRunning([
    { kind: "started", id: "t.py::test_a" },
    { kind: "finished", record: record("t.py::test_a") },
  ]);

  await scene.run("Run");

  assert.equal(
    renderRun(scene.controller.runs[0]),
    block(`
      t.py::test_a: passed 12 ms
      ended
    `),
  );
});

test("of a test that is over when it is told of, only the end is told to VS Code", async () => {
  const scene = new Scene().whileRunning([
    { kind: "started", id: "t.py::test_a" },
    { kind: "finished", record: record("t.py::test_a") },
    { kind: "started", id: "t.py::test_b" },
    { kind: "finished", record: record("t.py::test_b") },
  ]);

  await scene.run("Run");

  assert.equal(scene.controller.runs[0]?.told, 2);
});

test("a test that begins again after its end is seen to run", () => {
  const scene = new Scene();
  scene.runs.started({ root: ROOT, run: "r", token: null, command: "pytest" });

  scene.runs.events(
    scene.eventsOf(null, [
      { kind: "started", id: "t.py::test_b" },
      { kind: "finished", record: record("t.py::test_b") },
      { kind: "started", id: "t.py::test_b" },
    ]),
  );

  assert.equal(renderRun(scene.controller.runs[0]), "t.py::test_b: started");
});

test("the next test begins before the one before it ends, so that rows above both are not drawn anew", () => {
  const scene = new Scene();
  scene.runs.started({ root: ROOT, run: "r", token: null, command: "pytest" });

  scene.runs.events(
    scene.eventsOf(null, [
      { kind: "finished", record: record("t.py::test_a") },
      { kind: "started", id: "t.py::test_b" },
    ]),
  );

  assert.equal(renderRun(scene.controller.runs[0]), "t.py::test_b: started\nt.py::test_a: passed 12 ms");
});

test("in a large run brief tests are shown without a duration, since VS Code adds all up anew with each", () => {
  const scene = new Scene();
  scene.runs.started({ root: ROOT, run: "r", token: null, command: "pytest" });
  const events = [
    { kind: "finished", record: { ...record("t.py::test_a"), duration: 0.099 } },
    { kind: "finished", record: { ...record("t.py::test_b"), duration: 0.1 } },
  ] as const;

  scene.runs.events({ ...scene.eventsOf(null, events), selected: 1001 });

  const large = renderRun(scene.controller.runs[0]);
  scene.runs.events({ ...scene.eventsOf(null, events), selected: 1000 });
  assert.equal(large, "t.py::test_a: passed\nt.py::test_b: passed 100 ms");
  assert.equal(
    renderRun(scene.controller.runs[0]),
    "t.py::test_a: passed 99 ms\nt.py::test_b: passed 100 ms",
  );
});

test("a failure shows its reason, its place, its difference and its frames, innermost first", async () => {
  const frame = (name: string, number: number) => ({
    name,
    location: { uri: `${ROOT}/t.py`, range: line(number, 0, 1) },
  });
  const failure = failedRecord("t.py::test_a", "assert 1 == 2", {
    expected: "2",
    actual: "1",
    frames: [frame("test_a", 4), frame("helper", 9)],
  });
  const scene = new Scene().whileRunning([{ kind: "finished", record: failure }]);

  await scene.run("Run");

  assert.equal(
    renderRun(scene.controller.runs[0]),
    block(`
      t.py::test_a: failed 12 ms
        | assert 1 == 2
        expected 2, actual 1
        at /shop/t.py:5
        in helper (/shop/t.py:10)
        in test_a (/shop/t.py:5)
      ended
    `),
  );
});

test("a file that could not be collected is in error", async () => {
  const scene = new Scene().whileRunning([
    { kind: "collectionError", id: "t.py", record: failedRecord("t.py", "SyntaxError: invalid syntax") },
  ]);

  await scene.run("Run");

  assert.match(renderRun(scene.controller.runs[0]), /^t\.py: errored 12 ms\n {2}\| SyntaxError$/m);
});

test("a file that can be collected again is in error no more", async () => {
  const scene = new Scene().whileRunning([
    { kind: "collectionError", id: "t.py", record: failedRecord("t.py", "SyntaxError: invalid syntax") },
  ]);
  await scene.run("Run");

  scene.whileRunning([{ kind: "finished", record: record("t.py::test_a") }]);
  await scene.run("Run");

  assert.equal(renderRun(scene.controller.runs[1]), "t.py: skipped\nt.py::test_a: passed 12 ms\nended");
});

test("a test that was not known gets a row while it runs", async () => {
  const scene = new Scene().whileRunning([{ kind: "finished", record: record("t.py::test_b[1]") }]);

  await scene.run("Run");

  assert.equal(
    renderTestTree(scene.controller),
    block(`
      t.py #failed #unfinished
        test_a :2 #failed
        test_b :5
          [1] :5
        test_c :8 #unfinished
    `),
  );
});

test("why a test was skipped is its own output", async () => {
  const scene = new Scene().whileRunning([
    { kind: "finished", record: record("t.py::test_a", { outcome: "skipped", message: "needs a network" }) },
    { kind: "finished", record: record("t.py::test_b", { outcome: "xfailed" }) },
  ]);

  await scene.run("Run");

  const [run] = scene.controller.runs;
  assert.deepEqual(
    [...(run?.ownOutput ?? [])].map(([item, text]) => `${item.id}: ${text}`),
    ["t.py::test_a: skipped: needs a network\r\n", "t.py::test_b: xfailed\r\n"],
  );
});

test("output has the line ends that VS Code's terminal wants, after the command", async () => {
  const scene = new Scene().whileRunning([{ kind: "output", output: "one\ntwo\r\n" }]);

  await scene.run("Run");

  assert.equal(scene.controller.runs[0]?.output, "\u001B[2m$ python -m pytest\u001B[0m\r\none\r\ntwo\r\n");
});

test("the line that a person would type stands at the top of the output and is what is copied last", async () => {
  const scene = new Scene();
  assert.equal(scene.runs.lastCommandLine, null);
  scene.server.answer(RUN, ({ token, selection: { kind } }) => {
    const terminal = `cd /shop && python -m pytest --${kind}`;
    scene.runs.started({ root: ROOT, run: "r", token, command: "python launcher.py", terminal });
    return DONE;
  });

  await scene.run("Run");
  await scene.run("New First");
  scene.runs.started({ root: ROOT, run: "of a terminal", token: null, command: "pytest -x" });

  assert.match(scene.controller.runs[0]?.output ?? "", /^\S*\$ cd \/shop && python -m pytest --all\S*\r\n$/u);
  assert.equal(scene.runs.lastCommandLine, "cd /shop && python -m pytest --newFirst");
});

test("copying puts the line on the clipboard, and says where there is none", async () => {
  await copyCommandLine("cd /shop && python -m pytest");

  assert.deepEqual(copied, ["cd /shop && python -m pytest"]);
  await assert.rejects(copyCommandLine(null), HumanError);
});

for (const [order, kind] of [
  [FAILED_FIRST, "failedFirst"],
  [NEW_FIRST, "newFirst"],
] as const) {
  test(`${order.label} runs all or the chosen rows, without those that are excluded`, async () => {
    const scene = new Scene().whileRunning([]);

    await scene.run(order.label);
    await scene.run(
      order.label,
      new TestRunRequest([scene.row("t.py") as never], [scene.row("t.py::test_b") as never]),
    );
    await scene.profiles.run(order);

    assert.deepEqual(scene.selections, [
      { kind, ids: [], exclude: [] },
      { kind, ids: ["t.py"], exclude: ["t.py::test_b"] },
      { kind, ids: [], exclude: [] },
    ]);
    assert.deepEqual(
      scene.controller.runs.map(({ name }) => name),
      [order.label, order.label, order.label],
    );
  });
}

test("the row of a root stands for all of that root, in every order", async () => {
  const scene = new Scene().whileRunning([]);
  scene.explorer.setRoots([root(), root("file:///other", "other")]);
  const row = scene.controller.items.get(ROOT);
  assert(row !== undefined);

  await scene.run("New First", new TestRunRequest([row]));

  assert.deepEqual(
    scene.server.requests.map(({ params }) => {
      const { root: where, selection } = params as RunParams;
      return [where, selection];
    }),
    [[ROOT, { kind: "newFirst", ids: [], exclude: [] }]],
  );
});

test("chosen rows are asked for by their ids", async () => {
  const scene = new Scene().whileRunning([]);

  await scene.run(
    "Run",
    new TestRunRequest([scene.row("t.py") as never], [scene.row("t.py::test_b") as never]),
  );

  assert.deepEqual(scene.selections, [{ kind: "ids", ids: ["t.py"], exclude: ["t.py::test_b"] }]);
});

test("no chosen row asks for all", async () => {
  const scene = new Scene().whileRunning([]);

  await scene.run("Run");

  assert.deepEqual(scene.selections, [{ kind: "all", exclude: [] }]);
});

test("rerunning asks for what failed last", async () => {
  const scene = new Scene().whileRunning([]);

  await scene.profiles.rerun(LAST_FAILED);
  await scene.profiles.rerun(OUTSTANDING);

  assert.deepEqual(scene.selections, [{ kind: "lastFailed" }, { kind: "outstanding" }]);
  assert.deepEqual(
    scene.controller.runs.map(({ name, request }) => [name, request.include?.map(({ id }) => id)]),
    [
      ["Rerun Last Failed", ["t.py::test_a"]],
      ["Rerun Outstanding", ["t.py::test_a", "t.py::test_c"]],
    ],
  );
});

test("where nothing is to be rerun nothing runs, and that is said", async () => {
  const scene = new Scene();
  scene.rerunRoots = [];

  await scene.profiles.rerun(OUTSTANDING);
  await scene.run("Rerun Outstanding");
  await scene.run("Rerun Last Failed");

  assert.deepEqual(scene.nothing, [
    "No failed or unfinished test to rerun",
    "No failed or unfinished test to rerun",
    "No failed test to rerun",
  ]);
  assert.deepEqual(scene.server.requests, []);
  assert.deepEqual(scene.controller.runs, []);
});

test("rerunning what is outstanding among chosen rows takes the failures and the unfinished tests", async () => {
  const scene = new Scene().whileRunning([]);

  await scene.run("Rerun Outstanding", new TestRunRequest([scene.row("t.py") as never]));

  assert.deepEqual(scene.selections, [{ kind: "outstanding", ids: ["t.py"], exclude: [] }]);
});

test("a test that was running when its run was killed is in error and says so", () => {
  const scene = new Scene();
  const killed = record("t.py::test_b", {
    outcome: "unfinished",
    message: "did not finish: …",
    duration: null,
  });

  scene.runs.started({ root: ROOT, run: "r", token: null, command: "pytest" });
  scene.runs.events(
    scene.eventsOf(null, [
      { kind: "started", id: "t.py::test_b" },
      { kind: "unfinished", record: killed },
    ]),
  );
  scene.runs.ended({ root: ROOT, run: "r", token: null, exitStatus: null, cancelled: false, counts: {} });

  assert.equal(
    renderRun(scene.controller.runs[0]),
    block(`
      t.py::test_b: errored
        | unfinished
        | 
        | did not finish: …
      ended
    `),
  );
});

test("rerunning chosen rows takes the failures among them", async () => {
  const scene = new Scene().whileRunning([]);

  await scene.run("Rerun Last Failed", new TestRunRequest([scene.row("t.py") as never]));

  assert.deepEqual(scene.selections, [{ kind: "lastFailed", ids: ["t.py"], exclude: [] }]);
});

test("rerunning chosen rows without failures runs nothing and says so", async () => {
  const scene = new Scene();

  await scene.run("Rerun Last Failed", new TestRunRequest([scene.row("t.py::test_b") as never]));

  assert.deepEqual(scene.nothing, ["No failed test to rerun"]);
  assert.deepEqual(scene.server.requests, []);
});

test("what keeps pytest from running is told and stands in the output", async () => {
  const scene = new Scene().whileRunning([], { problem: "Python has no pytest." });

  await scene.run("Run");

  assert.deepEqual(scene.problems, ["Python has no pytest."]);
  assert.match(scene.controller.runs[0]?.output ?? "", /Python has no pytest\./);
});

test("a run whose server ends is ended with a word in its output, and no other", async () => {
  const scene = new Scene();
  scene.server.answer(RUN, ({ token }) => {
    scene.runs.events(scene.eventsOf(token, [{ kind: "output", output: "t.py ." }]));
    return Promise.reject(new ServerLost());
  });

  await scene.run("Run");

  const [run] = scene.controller.runs;
  assert.equal(run?.isEnded, true);
  assert.match(run.output, /^t\.py \.\r\n.*The language server has ended during this run\./);
  assert.deepEqual(scene.problems, []);
});

test("a request that fails is told and stands in the output", async () => {
  const scene = new Scene();
  scene.server.answer(RUN, () => Promise.reject(new Error("no such root")));

  await scene.run("Run");

  assert.match(scene.controller.runs[0]?.output ?? "", /no such root/);
  assert.deepEqual(scene.problems, ["no such root"]);
});

test("cancelling a run cancels its request and keeps the results so far", async () => {
  const scene = new Scene();
  scene.server.answer(RUN, async ({ token }, cancellation) => {
    scene.runs.events(scene.eventsOf(token, [{ kind: "finished", record: record("t.py::test_a") }]));
    const cancelled = new Promise<void>((resolve) => cancellation?.onCancellationRequested(resolve));
    scene.controller.runs[0]?.source.cancel();
    await cancelled;
    return { ...DONE, cancelled: true, exitStatus: null };
  });

  await scene.run("Run");

  assert.equal(renderRun(scene.controller.runs[0]), "t.py::test_a: passed 12 ms\nended");
  assert.match(scene.controller.runs[0]?.output ?? "", /The run was cancelled\./);
  assert.deepEqual(scene.problems, []);
});

test("a failure that is remembered is not hidden by a run that did not finish its test", async () => {
  const failure = failedRecord("t.py::test_a", "ValueError: no");
  const scene = new Scene().whileRunning([{ kind: "finished", record: failure }]);
  await scene.run("Run");

  scene.whileRunning([
    { kind: "started", id: "t.py::test_a" },
    { kind: "finished", record: record("t.py::test_a") },
    { kind: "started", id: "t.py::test_b" },
  ]);
  await scene.run("Run");
  scene.whileRunning([{ kind: "started", id: "t.py::test_a" }], { cancelled: true });
  await scene.run("Run");

  assert.equal(
    renderRun(scene.controller.runs[1]),
    "t.py::test_b: started\nt.py::test_a: passed 12 ms\nended",
  );
  assert.equal(renderRun(scene.controller.runs[2]), "t.py::test_a: passed 12 ms\nended");
});

test("a run of a terminal is drawn without taking the focus, and is not kept", () => {
  const scene = new Scene();

  scene.runs.started({ root: ROOT, run: "r", token: null, command: "pytest -x" });
  scene.runs.events(scene.eventsOf(null, [{ kind: "finished", record: record("t.py::test_b") }]));
  scene.runs.ended({ root: ROOT, run: "r", token: null, exitStatus: 0, cancelled: false, counts: {} });

  const [run] = scene.controller.runs;
  assert.equal(renderRun(run), "t.py::test_b: passed 12 ms\nended");
  assert.deepEqual([run?.name, run?.isPersisted], ["pytest in a terminal", false]);
  assert.equal((run?.request as RealRequest | undefined)?.preserveFocus, true);
});

test("a run of a terminal ends with the server that told of it", () => {
  const scene = new Scene();
  scene.runs.started({ root: ROOT, run: "r", token: null, command: "pytest -x" });

  scene.runs.serverLost();

  const [run] = scene.controller.runs;
  assert.equal(run?.isEnded, true);
  assert.match(run.output, /server has ended/);
});

test("a late word on a run of ours that is over is not drawn", async () => {
  const scene = new Scene().whileRunning([]);
  await scene.run("Run");

  scene.runs.events(scene.eventsOf("another token", [{ kind: "started", id: "t.py::test_a" }]));

  assert.equal(scene.controller.runs.length, 1);
});
