import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import type {
  FileCoverage as RealFile,
  TestController as RealController,
  TestRun as RealRun,
  TestRunProfile,
} from "vscode";

import {
  FILE_COVERAGE,
  RUN,
  type CoverageParams,
  type RunParams,
} from "../../../extension/src/client/protocol.generated";
import { Explorer } from "../../../extension/src/ui/explorer";
import { Painter } from "../../../extension/src/ui/painter";
import { Profiles } from "../../../extension/src/ui/profiles";
import { Runs } from "../../../extension/src/ui/runs";
import type { FileCoverage, StatementCoverage } from "../support/coverage";
import { ROOT, change, file, node, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { CancellationTokenSource, TestController, TestRunRequest } from "../support/vscode";

const SHOP = `${ROOT}/shop.py`;
const FILES: CoverageParams["files"] = [
  {
    uri: SHOP,
    statements: { covered: 5, total: 7 },
    branches: { covered: 1, total: 2 },
    tests: ["t.py::test_a", "t.py::test_b[1]"],
  },
  { uri: `${ROOT}/idle.py`, statements: { covered: 1, total: 1 }, branches: { covered: 0, total: 0 } },
];

/** A window in which one run has ended that covered `FILES`. */
class Scene {
  readonly controller = new TestController();
  readonly server = new FakeServer();
  readonly explorer = new Explorer(this.controller as unknown as RealController, () => undefined);
  readonly runs = new Runs(this.explorer, this.server, new Painter(), () => undefined);
  readonly profiles: Profiles;

  constructor() {
    this.explorer.setRoots([root()]);
    this.explorer.apply(change(1, { reset: true, files: [file("t.py", [node("t.py::test_a")])] }));
    this.profiles = new Profiles(this.explorer, this.runs, this.server, {
      rootsOf: () => [],
      tellNothing: () => undefined,
      watch: () => undefined,
      stepwise: () => Promise.resolve(),
      prepare: () => Promise.resolve(),
      coverageOf: () => "tests",
    });
    this.server.answer(RUN, ({ token }) => {
      this.runs.covered({ root: ROOT, token, files: FILES });
      return {
        run: "r",
        exitStatus: 0,
        cancelled: false,
        counts: {},
        duration: 1,
        problem: null,
      };
    });
  }

  get profile(): TestRunProfile {
    const found = this.controller.profiles.find(({ label }) => label === "Run with Coverage");
    return found as unknown as TestRunProfile;
  }

  get covered(): readonly FileCoverage[] {
    return this.controller.runs[0]?.covered ?? [];
  }

  get params(): RunParams {
    return this.server.requests[0]?.params as RunParams;
  }
}

test("the Coverage profile runs what is chosen, measured as the settings say", async () => {
  const scene = new Scene();
  const row = scene.explorer.tree(ROOT)?.find("t.py");
  const request = new TestRunRequest([row as never]);

  await scene.controller.profiles
    .find(({ label }) => label === "Run with Coverage")
    ?.handler(request, new CancellationTokenSource().token);

  const { selection, coverage } = scene.params;
  assert.deepEqual(
    { selection, coverage },
    {
      selection: { kind: "ids", ids: ["t.py"], exclude: [] },
      coverage: "tests",
    },
  );
});

test("files are told with the counts of coverage.py and the rows of their tests", async () => {
  const scene = new Scene();

  await scene.profiles.runWithCoverage();

  const drawn = scene.covered.map((each) => ({
    path: each.uri.path,
    statements: `${String(each.statementCoverage.covered)}/${String(each.statementCoverage.total)}`,
    branches: each.branchCoverage?.total,
    functions: each.declarationCoverage,
    tests: each.includesTests.map(({ id }) => id),
  }));
  assert.deepEqual(drawn, [
    {
      path: "/shop/shop.py",
      statements: "5/7",
      branches: 2,
      functions: undefined,
      tests: ["t.py::test_a", "t.py::test_b[1]"],
    },
    { path: "/shop/idle.py", statements: "1/1", branches: undefined, functions: undefined, tests: [] },
  ]);
  assert.equal(scene.controller.runs[0]?.request.profile, scene.profile);
});

test("the lines of a file are asked for when it is looked at, also those of a single test", async () => {
  const scene = new Scene();
  await scene.profiles.runWithCoverage();
  const { token } = scene.params;
  scene.server.answer(FILE_COVERAGE, () => ({
    lines: [
      {
        line: 1,
        covered: true,
        branches: [
          { to: 2, taken: false },
          { to: null, taken: true },
        ],
      },
      { line: 2, covered: false },
    ],
  }));
  const [covered] = scene.covered as unknown as readonly RealFile[];
  const run = scene.controller.runs[0] as unknown as RealRun;
  const cancellation = new CancellationTokenSource().token as never;
  assert(covered !== undefined);

  const all = await scene.profile.loadDetailedCoverage?.(run, covered, cancellation);
  const item = scene.explorer.tree(ROOT)?.find("t.py::test_a");
  assert(item !== undefined);
  await scene.profile.loadDetailedCoverageForTest?.(run, covered, item, cancellation);

  const statements = (all ?? []) as unknown as readonly StatementCoverage[];
  assert.deepEqual(
    statements.map(({ executed, branches }) => [
      executed,
      branches.map((branch) => [branch.executed, branch.label]),
    ]),
    [
      [
        true,
        [
          [false, "line 3"],
          [true, "exit"],
        ],
      ],
      [false, []],
    ],
  );
  assert.deepEqual(
    scene.server.requests.slice(1).map(({ params }) => params),
    [null, "t.py::test_a"].map((only) => ({ root: ROOT, token, uri: SHOP, test: only })),
  );
});
