import assert from "node:assert/strict";
import { test } from "node:test";

import type { Outcome, Record } from "../../../extension/src/client/protocol.generated";
import { resultOf } from "../../../extension/src/state/results";
import { failedRecord, record } from "../support/samples";

function checkKind(one: Record, expected: string): void {
  assert.equal(resultOf(one).kind, expected);
}

function checkText(rest: Partial<Record>, expected: string): void {
  const result = resultOf(failedRecord("t.py::test_a", "boom", rest));
  assert.equal("failure" in result ? result.failure.text : undefined, expected);
}

const KINDS: readonly (readonly [Outcome, string])[] = [
  ["passed", "passed"],
  ["xpassed", "passed"],
  ["skipped", "skipped"],
  ["xfailed", "skipped"],
  ["failed", "failed"],
  ["error", "errored"],
  ["unfinished", "errored"],
];

for (const [outcome, kind] of KINDS) {
  test(`a test with the outcome ${outcome} is shown as ${kind}`, () => {
    checkKind(record("t.py::test_a", { outcome }), kind);
  });
}

test("a failure in tear-down is an error", () => {
  checkKind(failedRecord("t.py::test_a", "boom", { phase: "teardown" }), "errored");
});

test("durations become milliseconds", () => {
  assert.deepEqual(resultOf(record("t.py::test_a", { duration: 1.5 })), { kind: "passed", duration: 1500 });
});

test("an unknown duration stays unknown", () => {
  assert.deepEqual(resultOf(record("t.py::test_a", { duration: null })), {
    kind: "passed",
    duration: undefined,
  });
});

test("the reason stands before the long report, the kind of the failure before both", () => {
  checkText(
    { message: "ValueError: no", longrepr: "def test_a():\n>   boom" },
    "ValueError\n\nValueError: no\n\ndef test_a():\n>   boom",
  );
});

test("where a difference is shown, its kind need not be named", () => {
  checkText({ message: "assert 1 == 2", expected: "2", actual: "1" }, "assert 1 == 2");
});

test("the reason of an error names the phase", () => {
  checkText({ outcome: "error", phase: "setup" }, "failed\n\nerror in set-up: boom");
  checkText({ outcome: "error", phase: "teardown" }, "failed\n\nerror in tear-down: boom");
});

test("what a killed run was in says so, and its badge one word of it", () => {
  checkText({ outcome: "unfinished", message: "did not finish: …" }, "unfinished\n\ndid not finish: …");
});

test("a failure that only pytest's cache remembers says that its reason is unknown", () => {
  checkText({ message: null, when: null }, "failed in an earlier run; pytest's own cache keeps no reasons");
});

test("expected and actual are a difference only where both are known", () => {
  const both = resultOf(failedRecord("t.py::test_a", "boom", { expected: "1", actual: "2" }));
  const one = resultOf(failedRecord("t.py::test_a", "boom", { expected: "1" }));

  assert.deepEqual("failure" in both && both.failure.difference, { expected: "1", actual: "2" });
  assert.equal("failure" in one && one.failure.difference, null);
});
