import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import type { Uri as RealUri } from "vscode";

import { IMPORT, type ImportResult } from "../../../extension/src/client/protocol.generated";
import { reportOf, sentenceOf } from "../../../extension/src/state/importReport";
import { CacheReports } from "../../../extension/src/ui/cacheReports";
import { importFailures } from "../../../extension/src/ui/importing";
import { ROOT, root } from "../support/samples";
import { FakeServer } from "../support/server";
import {
  answers,
  chosenFiles,
  copied,
  executed,
  messages,
  quickPicks,
  shownDocuments,
  Uri,
} from "../support/vscode";

const REPORT = "file:///home/ada/junit.xml";
const IMPORTED: ImportResult = {
  name: "junit.xml",
  run: "20261120T135700.123456Z-4711-a1b2c3d4",
  tests: 47,
  failures: [{ id: "t.py::test_a[1]", outcome: "failed", message: "assert 3 == 4" }],
  failureCount: 1,
  ambiguous: [],
  ambiguousCount: 0,
  unknown: [],
  unknownCount: 0,
  notes: [],
  problems: [],
};
const LEFT_OUT: ImportResult = {
  ...IMPORTED,
  ambiguous: [
    {
      written: "t::test_b",
      outcome: "failed",
      why: "21 tests here may be meant",
      candidates: ["t.py::test_b[1]"],
      candidateCount: 21,
    },
  ],
  ambiguousCount: 1,
  unknown: [
    { written: "t::test_c", outcome: "passed", why: "no such test", candidates: [], candidateCount: 0 },
  ],
  unknownCount: 1,
  notes: ["junit.xml: its names were read without “ci” before them."],
};

beforeEach(() => {
  for (const told of [messages, answers, quickPicks, shownDocuments, executed, copied]) told.length = 0;
});

async function importing(result: ImportResult): Promise<{ asked: unknown[]; reports: CacheReports }> {
  const server = new FakeServer().answer(IMPORT, () => result);
  const reports = new CacheReports();
  await importFailures(server, [root()], reports);
  return { asked: server.requests.map(({ params }) => params), reports };
}

test("chosen files are imported as it was chosen, and the failures rerun when asked for", async () => {
  chosenFiles.push(Uri.parse(REPORT));
  answers.push("Files", "Add Them", "Rerun Last Failed");

  const { asked } = await importing(IMPORTED);

  assert.deepEqual(asked, [{ root: ROOT, files: [REPORT], text: null, into: "add" }]);
  assert.deepEqual(messages[0], {
    text: "1 failure of 47 tests imported from junit.xml and added to the last failed tests.",
    buttons: ["Rerun Last Failed", "Show Details"],
  });
  assert.deepEqual(executed, ["pytestRecall.rerunLastFailed"]);
});

test("the text of the clipboard is imported, and only looked at offers no rerun", async () => {
  copied.push("FAILED t.py::test_a[1] - assert 3 == 4");
  answers.push("Clipboard", "Only Look", "Show Details");

  const { asked, reports } = await importing(LEFT_OUT);

  assert.deepEqual(asked, [{ root: ROOT, files: [], text: copied[0], into: "look" }]);
  assert.deepEqual(messages[0]?.buttons, ["Show Details"]);
  const [shown] = shownDocuments;
  assert(shown !== undefined);
  assert.equal(reports.provideTextDocumentContent(shown as unknown as RealUri), reportOf(LEFT_OUT));
});

test("nothing is imported from a clipboard without text, or when a question is dismissed", async () => {
  answers.push("Clipboard");
  await assert.rejects(importing(IMPORTED), /There is no text on the clipboard/);

  chosenFiles.push(Uri.parse(REPORT));
  answers.push("Files");
  assert.deepEqual((await importing(IMPORTED)).asked, []);
});

test("the sentence says what was left out, and what could not be imported at all", () => {
  assert.equal(
    sentenceOf(LEFT_OUT, "replace"),
    "1 failure of 47 tests imported from junit.xml and made the last failed tests." +
      " 2 names could not be told to be one test here.",
  );
  assert.equal(
    sentenceOf({ ...IMPORTED, run: null, problems: ["It is of another project."] }, "add"),
    "Nothing of junit.xml was imported. It is of another project.",
  );
});

test("the report lists every name with what it may mean", () => {
  assert.equal(
    reportOf(LEFT_OUT),
    `Imported from junit.xml
run 20261120T135700.123456Z-4711-a1b2c3d4

Failures (1)
  t.py::test_a[1]
    assert 3 == 4

Ambiguous (1)
  t::test_b (failed)
    21 tests here may be meant
      t.py::test_b[1]
      and 20 more

Unknown (1)
  t::test_c (passed)
    no such test

How names were read (1)
  junit.xml: its names were read without “ci” before them.
`,
  );
});
