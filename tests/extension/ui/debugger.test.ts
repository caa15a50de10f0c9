import "../support/fakeVscode";

import assert from "node:assert/strict";
import * as path from "node:path";
import { afterEach, test } from "node:test";

import type { TestController as RealController } from "vscode";

import {
  DEBUG_ENDED,
  RUN,
  type DebugEndedParams,
  type DebugLaunch,
  type RunParams,
  type RunResult,
} from "../../../extension/src/client/protocol.generated";
import { Debugger } from "../../../extension/src/ui/debugger";
import { Explorer } from "../../../extension/src/ui/explorer";
import { Painter } from "../../../extension/src/ui/painter";
import { Profiles } from "../../../extension/src/ui/profiles";
import { DEBUG_LAST_FAILED } from "../../../extension/src/ui/reruns";
import { Runs } from "../../../extension/src/ui/runs";
import { behaviour, debug, sessions, stopped, type DebugSession } from "../support/debug";
import { ROOT, change, file, node, root } from "../support/samples";
import { FakeServer } from "../support/server";
import {
  CancellationTokenSource,
  TestController,
  TestRunRequest,
  answers,
  changeSetting,
  executed,
  installed,
  messages,
  settings,
} from "../support/vscode";

const OTHER = "file:///bank";
const environments = path.resolve(__dirname, "../../../.venv");
const withDebugpy = path.join(environments, "plugins/bin/python");
const without = path.join(environments, "projects/bin/python");

const quiet = { error: () => undefined } as never;

class Scene {
  readonly controller = new TestController();
  readonly server = new FakeServer();
  readonly debugger: Debugger;
  readonly runs: Runs;
  readonly profiles: Profiles;
  readonly problems: string[] = [];
  readonly ended: DebugEndedParams[] = [];
  readonly cancelling = new CancellationTokenSource();

  constructor(interpreter = withDebugpy) {
    const explorer = new Explorer(this.controller as unknown as RealController, () => undefined);
    explorer.setRoots([root(), root(OTHER, "bank")]);
    const files = [file("t.py", [node("t.py::test_a", { failed: true })], { failed: true })];
    for (const uri of [ROOT, OTHER]) explorer.apply(change(1, { root: uri, reset: true, files }));
    this.runs = new Runs(explorer, this.server, new Painter(), (problem) => this.problems.push(problem));
    this.debugger = new Debugger(this.server, quiet, (uri) => explorer.roots.find((one) => one.uri === uri));
    this.profiles = new Profiles(explorer, this.runs, this.server, {
      rootsOf: () => [ROOT],
      tellNothing: () => undefined,
      watch: () => undefined,
      stepwise: () => Promise.resolve(),
      prepare: () => Promise.resolve(),
      coverageOf: () => "files",
    });
    this.#answer(interpreter);
  }

  /** The server prepares runs, and they end when it hears that their debugger has ended. */
  #answer(interpreter: string): void {
    const finish = new Map<string, (result: RunResult) => void>();
    const launch: DebugLaunch = {
      interpreter,
      program: "/recall/pytest_recall/launcher.py",
      args: ["--recall-debug=failures", "--", "--color=yes"],
      cwd: "/shop",
      env: { COIN: "penny", BANK: null },
    };
    this.server.answer(RUN, ({ root: uri, token, debug: how }) => {
      const params = {
        root: uri,
        run: token,
        token,
        command: "python",
        launch: how === undefined ? null : launch,
      };
      this.runs.started(params);
      const ours = this.runs.ours(token);
      assert(ours !== undefined);
      this.debugger.begin(params, ours);
      return new Promise((resolve) => finish.set(token, resolve));
    });
    this.server.answer(DEBUG_ENDED, (params) => {
      this.ended.push(params);
      const { token, problem = null } = params;
      finish.get(token)?.({ run: "r", exitStatus: 1, cancelled: false, counts: {}, duration: 1, problem });
      return null;
    });
  }

  run(label: string, request = new TestRunRequest()): Promise<void> {
    const profile = this.controller.profiles.find((one) => one.label === label);
    return profile?.handler(request, this.cancelling.token) ?? Promise.resolve();
  }

  get asked(): readonly RunParams[] {
    return this.server.requests
      .filter(({ method }) => method === RUN)
      .map(({ params }) => params as RunParams);
  }
}

/** Waits until there is a session more. */
async function nextSession(number = 1): Promise<DebugSession> {
  while (sessions.length < number) await new Promise((resolve) => setTimeout(resolve, 5));
  const session = sessions[number - 1];
  assert(session !== undefined);
  return session;
}

afterEach(() => {
  for (const list of [sessions, stopped, messages, answers, executed]) list.length = 0;
  Object.assign(behaviour, { starts: true, stopsAt: 1 });
  installed.clear();
  settings.clear();
});

test("what the interpreter's debugpy debugs is what the server has prepared", async () => {
  const scene = new Scene();

  const running = scene.run("Debug", new TestRunRequest([scene.controller.items.get(ROOT) as never]));
  const session = await nextSession();

  const token = scene.asked[0]?.token;
  assert.equal(scene.asked[0]?.debug, "breakpoints");
  assert.deepEqual(session.configuration, {
    type: "pytestRecall",
    name: "Pytest: shop",
    request: "launch",
    pytestRecall: token,
    python: withDebugpy,
    debugAdapterPython: withDebugpy,
    debugLauncherPython: withDebugpy,
    program: "/recall/pytest_recall/launcher.py",
    args: ["--recall-debug=failures", "--", "--color=yes"],
    cwd: "/shop",
    env: { COIN: "penny", BANK: null },
    envFile: "",
    console: "internalConsole",
    subProcess: false,
    rules: [{ path: "/recall/pytest_recall/**", include: false }],
  });
  assert.equal(session.adapter?.command, withDebugpy);
  assert.match(session.adapter.args.join(" "), /site-packages\/debugpy\/adapter$/u);
  assert.equal(session.startedFor, scene.controller.runs[0]);
  session.end();
  await running;
});

test("the Python Debugger extension goes before debugpy, and follows the processes of tests", async () => {
  installed.set("ms-python.debugpy", {});
  changeSetting("pytestRecall.justMyCode", false);
  const scene = new Scene(without);

  const running = scene.run("Debug");
  const { configuration } = await nextSession();

  const { type, subProcess, justMyCode } = configuration;
  assert.deepEqual(
    { type, subProcess, justMyCode },
    { type: "debugpy", subProcess: true, justMyCode: false },
  );
  scene.cancelling.cancel();
  await running;
});

test("what is printed stands in the test's output, and its end is told to the server", async () => {
  const scene = new Scene();
  const running = scene.run("Debug", new TestRunRequest([scene.controller.items.get(ROOT) as never]));
  const session = await nextSession();

  session.prints("one\n");
  session.prints("of the debugger\n", "telemetry");
  session.prints("two\n", "stderr");
  session.end();
  await running;

  assert.match(scene.controller.runs[0]?.output ?? "", /\$ python\S*\r\none\r\ntwo\r\n$/u);
  assert.deepEqual(scene.ended, [
    { root: ROOT, token: scene.asked[0]?.token, output: "one\ntwo\n", problem: null },
  ]);
  assert.equal(scene.controller.runs[0]?.isEnded, true);
});

test("the end of a process that a test started is not that of the run", async () => {
  installed.set("ms-python.debugpy", {});
  const scene = new Scene();
  const running = scene.run("Debug", new TestRunRequest([scene.controller.items.get(ROOT) as never]));
  const session = await nextSession();

  debug.onDidTerminateDebugSession(() => undefined);
  new (session.constructor as typeof DebugSession)(
    session.configuration,
    undefined,
    undefined,
    session,
  ).end();
  assert.deepEqual(scene.ended, []);

  session.end();
  await running;
  assert.equal(scene.ended.length, 1);
});

test("roots are debugged one after the other, and none any longer once it is cancelled", async () => {
  const scene = new Scene();
  behaviour.stopsAt = 2;
  const running = scene.run("Debug");
  (await nextSession()).end();
  await nextSession(2);
  assert.deepEqual(
    scene.asked.map((one) => one.root),
    [ROOT, OTHER],
  );

  scene.cancelling.cancel();
  await running;

  // The first word goes no further than to the test run, as in VS Code.
  assert.deepEqual(stopped, [sessions[1], sessions[1]]);
  const third = scene.run("Debug");
  await third;
  assert.equal(sessions.length, 2);
});

test("a run that the server gives up takes its debugger along", async () => {
  const scene = new Scene();
  const running = scene.run("Debug", new TestRunRequest([scene.controller.items.get(ROOT) as never]));
  const session = await nextSession();
  const token = scene.asked[0]?.token ?? null;

  scene.debugger.ended({
    root: ROOT,
    run: "r",
    token,
    exitStatus: null,
    cancelled: true,
    counts: {},
  });

  assert.deepEqual(stopped, [session]);
  await running;
});

test("debugging what failed last stops at failures, also when it is restarted", async () => {
  const scene = new Scene();

  const running = scene.profiles.rerun(DEBUG_LAST_FAILED);
  (await nextSession()).end();
  await running;
  const profile = scene.controller.runs[0]?.request.profile as { readonly label: string } | undefined;
  const again = scene.run(profile?.label ?? "");
  (await nextSession(2)).end();
  await again;

  assert.deepEqual(
    scene.asked.map(({ selection, debug: how }) => [selection.kind, how]),
    [
      ["lastFailed", "failures"],
      ["lastFailed", "failures"],
    ],
  );
});

test("where there is no debugger people are told how to get one", async () => {
  const scene = new Scene(without);

  await scene.run("Debug", new TestRunRequest([scene.controller.items.get(ROOT) as never]));

  const problem = `${without} has no debugpy: install it, or the Python Debugger extension, to debug tests.`;
  assert.deepEqual(scene.problems, [problem]);
  answers.push("Install Python Debugger");
  assert.equal(await scene.debugger.tellAgain(problem), true);
  assert.deepEqual(executed, ["extension.open"]);
  answers.push("Show Install Command", "");
  await scene.debugger.tellAgain(problem);
  assert.deepEqual(
    messages.map(({ text }) => text),
    [problem, problem, `${without} -m pip install --upgrade debugpy`],
  );
  assert.equal(await scene.debugger.tellAgain("pytest is broken"), false);
});

test("a debugger that does not start ends the run, and says so", async () => {
  behaviour.starts = false;
  const scene = new Scene();

  await scene.run("Debug", new TestRunRequest([scene.controller.items.get(ROOT) as never]));

  assert.deepEqual(scene.problems, ["The debugger could not be started."]);
});
