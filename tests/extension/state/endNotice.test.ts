import assert from "node:assert/strict";
import { test } from "node:test";

import type { RunResult } from "../../../extension/src/client/protocol.generated";
import { endNotice, type Ending } from "../../../extension/src/state/endNotice";
import { span } from "../../../extension/src/state/human";

const RESULT: RunResult = {
  run: "r",
  exitStatus: 1,
  cancelled: false,
  counts: { passed: 409, failed: 3 },
  duration: 42.3,
  problem: null,
};

function noticeOf(result: Partial<RunResult> = {}, ending: Partial<Ending> = {}): string | null {
  const results = [{ ...RESULT, ...result }];
  return endNotice({ results, focused: false, after: 30, ...ending })?.text ?? null;
}

test("a long run that ends behind another window is told of", () => {
  assert.equal(noticeOf(), "pytest: 3 failed, 409 passed in 42 s");
});

test("whoever looks at the window, or has cancelled the run, is told nothing", () => {
  assert.equal(noticeOf({}, { focused: true }), null);
  assert.equal(noticeOf({ cancelled: true }), null);
});

test("a run that is not longer than the setting is not told of, and with 0 none is", () => {
  assert.equal(noticeOf({ duration: 30 }), null);
  assert.equal(noticeOf({ duration: 30.1, counts: {} }), "pytest: no test has run in 30 s");
  assert.equal(noticeOf({}, { after: 0 }), null);
  assert.equal(noticeOf({}, { after: -1 }), null);
});

test("what kept pytest from running is told elsewhere", () => {
  assert.equal(noticeOf({ problem: "Python has no pytest." }), null);
});

test("a run in several roots is one, as long as the longest", () => {
  const other = { ...RESULT, counts: { error: 2, passed: 1, skipped: 4 }, duration: 3700 };
  const notice = endNotice({ results: [RESULT, other], focused: false, after: 30 });

  assert.equal(notice?.text, "pytest: 3 failed, 2 errors, 410 passed, 4 skipped in 1 h 1 min");
  assert.equal(endNotice({ results: [], focused: false, after: 1 }), null);
});

test("only where there are failures are they offered", () => {
  const hasFailures = (counts: Record<string, number>): boolean | undefined =>
    endNotice({ results: [{ ...RESULT, counts }], focused: false, after: 1 })?.hasFailures;

  assert.equal(hasFailures({ passed: 3, xfailed: 1 }), false);
  assert.equal(hasFailures({ error: 1 }), true);
});

test("spans of time are said in two units at most", () => {
  assert.deepEqual([0.4, 59.6, 185, 3600, 7325].map(span), [
    "0 s",
    "1 min 0 s",
    "3 min 5 s",
    "1 h 0 min",
    "2 h 2 min",
  ]);
});
