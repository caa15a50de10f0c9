import "../support/fakeVscode";

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import {
  RUNS,
  RUN_REPORT,
  RUN_TESTS,
  type Outcome,
  type PastRun,
  type PastTest,
} from "../../../extension/src/client/protocol.generated";
import { RunReports, copyRunCommand, failuresOfRun } from "../../../extension/src/ui/pastRunCommands";
import { drawRunRow, type RunRow } from "../../../extension/src/ui/pastRunRows";
import { PastRuns } from "../../../extension/src/ui/pastRuns";
import { block, renderPanel } from "../support/draw";
import { ROOT, pastRun, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { copied, shownDocuments, type TreeItem } from "../support/vscode";

function told(id: string, outcome: Outcome, message: string | null = null): PastTest {
  return { id, outcome, message, duration: 0.1, location: null };
}

const TESTS = [
  told("t.py::test_bad", "failed", "assert 1 == 2"),
  told("t.py::test_a", "passed"),
  told("t.py::test_b", "passed"),
];

function serving(runs: readonly PastRun[], tests: readonly PastTest[] = TESTS): FakeServer {
  return new FakeServer()
    .answer(RUNS, () => ({ runs, total: runs.length }))
    .answer(RUN_TESTS, ({ outcomes, limit = 1000 }) => {
      const found = tests.filter(({ outcome }) => outcomes.includes(outcome));
      return { tests: limit === 0 ? found : found.slice(0, limit), total: found.length };
    })
    .answer(RUN_REPORT, () => ({ text: "FAILED t.py::test_bad" }));
}

function viewOf(server: FakeServer): PastRuns {
  const view = new PastRuns(server);
  view.setRoots([root()]);
  return view;
}

function row(run: PastRun): RunRow {
  return { kind: "run", root: ROOT, run };
}

const ofTests = ({ requests }: FakeServer): unknown[] =>
  requests.filter(({ method }) => method === RUN_TESTS).map(({ params }) => params);

afterEach(() => {
  copied.length = 0;
  shownDocuments.length = 0;
});

test("runs say what they ran and how they went, with what failed below them and the rest by outcome", async () => {
  const runs = [
    pastRun(),
    pastRun({ id: "b", state: "running", duration: null, counts: {}, when: null, origin: "terminal" }),
    pastRun({ id: "c", state: "passed", counts: { passed: 2 }, when: null, modes: ["lf"] }),
  ];
  const view = viewOf(serving(runs));

  assert.equal(
    (await renderPanel(view)).replace(/\d+ d ago/, "long ago"),
    block(`
    (testing-failed-icon) All Tests  1 failed, 2 passed · 1.5 s · long ago
      (testing-failed-icon) test_bad  assert 1 == 2 · t.py
      2 passed
        (testing-passed-icon) test_a  t.py
        (testing-passed-icon) test_b  t.py
    (sync~spin) All Tests  running · terminal
      (testing-failed-icon) test_bad  assert 1 == 2 · t.py
    (testing-passed-icon) Last Failed  2 passed · 1.5 s
      (testing-failed-icon) test_bad  assert 1 == 2 · t.py
      2 passed
        (testing-passed-icon) test_a  t.py
        (testing-passed-icon) test_b  t.py
    `),
  );
});

test("nothing below a run is asked for before it is unfolded, and passed tests not even then", async () => {
  const server = serving([pastRun()]);
  const view = viewOf(server);

  const [first] = (await view.getChildren()) ?? [];
  const before = ofTests(server).length;
  await view.getChildren(first);

  assert.equal(before, 0);
  assert.deepEqual(ofTests(server), [
    { root: ROOT, run: pastRun().id, outcomes: ["failed", "error", "unfinished"], limit: 1000 },
  ]);
});

test("of very many tests the first are shown, and the others counted", async () => {
  const many = Array.from({ length: 1200 }, (_, index) => told(`t.py::test_${String(index)}`, "failed"));
  const view = viewOf(serving([pastRun({ counts: { failed: 1200 } })], many));

  assert.match(await renderPanel(view), /… and 200 more$/);
});

test("a run in which no test has ended says so, and so does a server that does not answer", async () => {
  const empty = viewOf(serving([pastRun({ counts: {}, state: "empty" })], []));
  const gone = viewOf(new FakeServer().answer(RUNS, () => Promise.reject(new Error("gone"))));

  assert.match(await renderPanel(empty), /\(info\) No test has ended in this run/);
  assert.equal(await renderPanel(gone), "(warning) gone");
});

test("menus go by what a run has, and rows of several runs are told apart", () => {
  const all = [
    pastRun(),
    pastRun({ id: "b", command: null }),
    pastRun({ id: "c", state: "passed", counts: { passed: 1 } }),
  ];
  const items = all.map((run) => drawRunRow(row(run), 1300));

  assert.deepEqual(
    items.map(({ contextValue }) => contextValue),
    ["pastRun.failed.command", "pastRun.failed", "pastRun.command"],
  );
  assert.equal(new Set(items.map(({ id }) => id)).size, 3);
  assert.equal(
    (items[0] as unknown as TreeItem).accessibilityInformation?.label,
    "All Tests, failed, 1 failed, 2 passed, 1.5 s, 5 min ago",
  );
});

test("a run that was imported has the name of its source, and no command line to copy", () => {
  const run = pastRun({ origin: "imported", source: "junit.xml", command: null, when: null });
  const item = drawRunRow(row(run), 1300);

  assert.equal(item.label, "junit.xml");
  assert.equal(item.description, "1 failed, 2 passed · 1.5 s · imported");
  assert.equal(item.tooltip, "1 failed, 2 passed, 1.5 s\nImported from junit.xml");
  assert.equal(item.contextValue, "pastRun.failed");
});

test("what failed in a run can be rerun, and where nothing did the reason is said", async () => {
  const server = serving([]);

  assert.deepEqual(await failuresOfRun(server, row(pastRun())), { root: ROOT, ids: ["t.py::test_bad"] });
  await assert.rejects(failuresOfRun(serving([], []), row(pastRun())), /No test has failed/);
  await assert.rejects(failuresOfRun(server, undefined), /needs a run/);
});

test("the command line is copied, or it is said why there is none", async () => {
  await copyRunCommand(row(pastRun()));

  assert.deepEqual(copied, ["cd /shop && python -m pytest"]);
  await assert.rejects(copyRunCommand(row(pastRun({ command: null }))), /not known/);
});

test("the failures of a run are a document", async () => {
  const server = serving([]);
  const reports = new RunReports(server);

  await reports.show(row(pastRun()));
  const [uri] = shownDocuments;
  assert.ok(uri);

  assert.equal(uri.path, "/All Tests 20261120T135700.txt");
  assert.equal(await reports.provideTextDocumentContent(uri as never), "FAILED t.py::test_bad");
  assert.deepEqual(server.requests.at(-1)?.params, { root: ROOT, run: pastRun().id });
});
