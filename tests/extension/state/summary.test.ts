import assert from "node:assert/strict";
import { test } from "node:test";

import type { SummaryParams } from "../../../extension/src/client/protocol.generated";
import { statusOf, type StatusInput } from "../../../extension/src/state/summary";
import { summary } from "../support/samples";

function input(rest: Partial<StatusInput>): StatusInput {
  return { summaries: [], server: "running", trusted: true, problem: null, ...rest };
}

function check(counts: Partial<SummaryParams>, text: string, sentence: string): void {
  const view = statusOf(input({ summaries: [summary(counts)] }));
  assert.equal(view.text, text);
  assert.equal(view.sentence, sentence);
}

test("failures and new tests are counted, and a click reruns the failures", () => {
  check(
    { failed: 2, new: 1, passed: 45, total: 48 },
    "$(testing-failed-icon) 2 failed · 1 new",
    "2 tests have failed, 1 is new, 45 of 48 tests passed. Click to rerun what failed.",
  );
  assert.equal(statusOf(input({ summaries: [summary({ failed: 2 })] })).action, "rerunLastFailed");
});

test("unfinished tests beside failures stand in the sentence alone", () => {
  check(
    { failed: 2, unfinished: 5, new: 1, passed: 40, total: 48 },
    "$(testing-failed-icon) 2 failed · 1 new",
    "2 tests have failed, 5 are unfinished, 1 is new, 40 of 48 tests passed. Click to rerun what failed.",
  );
});

test("without failures the unfinished tests are counted, and a click reruns what is outstanding", () => {
  const counts = { unfinished: 1, passed: 40, total: 41 };
  check(
    counts,
    "$(testing-queued-icon) 1 unfinished",
    "No test has failed, 1 is unfinished, none is new, 40 of 41 tests passed. Click to rerun what is outstanding.",
  );
  assert.equal(statusOf(input({ summaries: [summary(counts)] })).action, "rerunOutstanding");
});

test("without failures the passed tests are counted, and a click shows the tests", () => {
  check(
    { passed: 48, total: 48 },
    "$(testing-passed-icon) 48 passed",
    "No test has failed, none is new, 48 of 48 tests passed. Click to show the tests.",
  );
});

test("new tests are counted beside passed ones", () => {
  check(
    { passed: 3, new: 2, total: 5 },
    "$(testing-passed-icon) 3 passed · 2 new",
    "No test has failed, 2 are new, 3 of 5 tests passed. Click to show the tests.",
  );
});

test("where nothing has run, new tests alone are counted", () => {
  check(
    { new: 5, total: 5 },
    "$(beaker) 5 new",
    "No test has failed, 5 are new, 0 of 5 tests passed. Click to show the tests.",
  );
});

test("where nothing is known, the tests are counted", () => {
  check(
    { total: 1 },
    "$(beaker) 1 test",
    "No test has failed, none is new, 0 of 1 test passed. Click to show the tests.",
  );
});

test("a folder without tests says so", () => {
  check({}, "$(beaker) 0 tests", "No pytest tests were found. Click to show the tests.");
});

test("a run shows how far it is", () => {
  check(
    { failed: 2, running: { done: 3, total: 12, failed: 1 } },
    "$(sync~spin) 3/12 · 1 failed",
    "pytest is running: 3 of 12 tests done, 1 failed. Click to show the tests.",
  );
});

test("a run of unknown length shows how many are done", () => {
  check(
    { running: { done: 3, total: null, failed: 0 } },
    "$(sync~spin) 3",
    "pytest is running: 3 tests done, 0 failed. Click to show the tests.",
  );
});

test("several roots are added up", () => {
  const summaries = [
    summary({ failed: 1, total: 2 }),
    summary({ root: "file:///bank", failed: 2, total: 9 }),
  ];

  const view = statusOf(input({ summaries }));

  assert.equal(view.text, "$(testing-failed-icon) 3 failed");
});

test("an interpreter that cannot run pytest is a warning that leads to the choice of another", () => {
  const view = statusOf(
    input({ summaries: [summary({ failed: 2, total: 3 })], problem: "Python has no pytest." }),
  );

  assert.deepEqual(view, {
    text: "$(warning) 2 failed",
    sentence:
      "2 tests have failed, none is new, 0 of 3 tests passed. Python has no pytest. Click to select an interpreter.",
    action: "selectInterpreter",
    tone: "warning",
  });
});

test("in Restricted Mode a click leads to the management of trust", () => {
  const view = statusOf(
    input({ summaries: [summary({ failed: 2, total: 3 })], trusted: false, problem: "…" }),
  );

  assert.equal(view.text, "$(testing-failed-icon) 2 failed");
  assert.equal(view.action, "manageTrust");
});

test("while the server starts, the item says that tests are looked for", () => {
  assert.equal(statusOf(input({ server: "starting" })).text, "$(sync~spin) Pytest Recall");
});

test("a server that has ended is shown as an error that a click mends", () => {
  const view = statusOf(input({ server: "ended", summaries: [summary({ failed: 1 })] }));

  assert.equal(view.text, "$(error) Pytest Recall");
  assert.equal(view.action, "restartServer");
});

test("without a Python for the server the item says so, and a click leads to the choice of one", () => {
  const view = statusOf(input({ server: "ended", problem: "No Python was found." }));

  assert.equal(view.sentence, "No Python was found. Click to select an interpreter.");
  assert.equal(view.action, "selectInterpreter");
});

test("stepwise stands in the place of the counts, beside those of a run, and behind a problem", () => {
  const stepwise = {
    text: "$(debug-step-over) stepwise 3/17",
    sentence: "It has stopped.",
    action: "showStepwise",
    tone: "plain",
  } as const;
  const summaries = [summary({ failed: 2, total: 17 })];

  assert.equal(statusOf(input({ summaries, stepwise })), stepwise);
  const running = [summary({ running: { done: 3, total: 15, failed: 1 } })];
  assert.equal(
    statusOf(input({ summaries: running, stepwise })).text,
    "$(sync~spin) stepwise · 3/15 · 1 failed",
  );
  assert.equal(statusOf(input({ summaries, stepwise, problem: "No pytest." })).text, "$(warning) 2 failed");
});

test("runs that wait for the one under way are counted", () => {
  const running = { done: 37, total: 412, failed: 2 };
  check(
    { running, waiting: 1 },
    "$(sync~spin) 37/412 · 2 failed · 1 waiting",
    "pytest is running: 37 of 412 tests done, 2 failed. 1 more run is waiting. Click to show the tests.",
  );
  check(
    { running, waiting: 2 },
    "$(sync~spin) 37/412 · 2 failed · 2 waiting",
    "pytest is running: 37 of 412 tests done, 2 failed. 2 more runs are waiting. Click to show the tests.",
  );
});
