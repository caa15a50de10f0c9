import assert from "node:assert/strict";
import { test } from "node:test";

import type { PastRun, PreviewResult } from "../../../extension/src/client/protocol.generated";
import { matches, problemOf } from "../../../extension/src/state/cacheFilter";
import { rowsOf } from "../../../extension/src/state/cacheTree";
import {
  groupsOf,
  hasFailures,
  seconds,
  selectionOf,
  sentenceOf,
  summaryOf,
} from "../../../extension/src/state/pastRuns";
import { MODES, entriesOf, modeOf } from "../../../extension/src/state/upNext";
import { pastRun } from "../support/samples";

function preview(rest: Partial<PreviewResult> = {}): PreviewResult {
  return { tests: [], total: 0, deselected: 0, status: "", certain: true, ...rest };
}

test("tests that were not told are counted in a last row", () => {
  const entries = entriesOf(preview({ tests: [{ id: "t.py::a", why: "failed" }], total: 9501 }));

  assert.deepEqual(
    entries.map((entry) => (entry.kind === "more" ? entry.count : entry.kind)),
    ["test", 9500],
  );
});

test("an order that is not certain says so above the tests, and a file that cannot be read stops the run", () => {
  const kinds = (result: PreviewResult): string[] => entriesOf(result).map(({ kind }) => kind);
  const stopped = entriesOf(preview({ certain: false, status: "interrupted: 1 error during collection" }));

  assert.deepEqual(kinds(preview({ certain: false })), ["note"]);
  assert.deepEqual(kinds(preview({ tests: [{ id: "t.py::a", why: "new" }], total: 1 })), ["test"]);
  assert.deepEqual(stopped, [{ kind: "note", text: "pytest would stop: 1 error during collection" }]);
});

test("a mode that is not known is the first", () => {
  assert.equal(modeOf("newFirst").label, "New First");
  for (const kind of [undefined, "", "all", 3]) assert.equal(modeOf(kind), MODES[0]);
});

for (const [rest, words] of [
  [{}, "All Tests"],
  [{ modes: ["lf"] }, "Last Failed"],
  [{ modes: ["outstanding"] }, "Outstanding"],
  [{ modes: ["ff", "nf"] }, "Failed First, New First"],
  [{ modes: ["select"] }, "Selected Tests"],
  [{ args: ["t.py::test_a"] }, "Selected Tests"],
  [{ args: ["-k", "coin"] }, "Selected Tests"],
  [{ args: ["-q"] }, "All Tests"],
  [{ origin: "imported", source: "junit.xml" }, "junit.xml"],
] as const satisfies readonly (readonly [Partial<PastRun>, string])[]) {
  test(`a run with ${JSON.stringify(rest)} is called ${words}`, () => {
    assert.equal(selectionOf(pastRun(rest)), words);
  });
}

for (const [rest, words] of [
  [{}, "1 failed, 2 passed · 1.5 s · 5 min ago"],
  [{ origin: "terminal" }, "1 failed, 2 passed · 1.5 s · 5 min ago · terminal"],
  [{ origin: "imported", source: "junit.xml" }, "1 failed, 2 passed · 1.5 s · 5 min ago · imported"],
  [{ state: "running", duration: null, counts: {} }, "running · 5 min ago"],
  [{ state: "interrupted", counts: { passed: 1200 } }, "interrupted · 1,200 passed · 1.5 s · 5 min ago"],
  [{ state: "empty", counts: {}, when: null }, "no tests · 1.5 s"],
] as const satisfies readonly (readonly [Partial<PastRun>, string])[]) {
  test(`a run with ${JSON.stringify(rest)} says ${words}`, () => {
    assert.equal(summaryOf(pastRun(rest), 1300), words);
  });
}

test("who hears a run hears its state", () => {
  assert.equal(
    sentenceOf(pastRun({ state: "passed", counts: { passed: 2 } }), 1300),
    "All Tests, passed, 2 passed, 1.5 s, 5 min ago",
  );
});

test("what did not fail stands in groups, the worst first", () => {
  const run = pastRun({ counts: { passed: 5, failed: 1, skipped: 2, xpassed: 1 } });

  assert.deepEqual(
    groupsOf(run).map(({ outcome, count }) => `${String(count)} ${outcome}`),
    ["1 xpassed", "5 passed", "2 skipped"],
  );
  assert.equal(hasFailures(run), true);
  assert.equal(hasFailures(pastRun({ state: "passed", counts: { passed: 1 } })), false);
});

for (const [duration, words] of [
  [0.0354, "35 ms"],
  [1.25, "1.3 s"],
  [125, "2 min 5 s"],
] as const) {
  test(`${String(duration)} seconds are ${words}`, () => {
    assert.equal(seconds(duration), words);
  });
}

for (const [glob, key, expected] of [
  ["cache/*", "cache/lastfailed", true],
  ["cache/*", "recall/unfinished", false],
  ["lastfailed", "cache/lastfailed", true],
  ["failed", "cache/lastfailed", false],
  ["*failed", "cache/lastfailed", true],
  ["*", "recall/runs/1.jsonl", true],
  ["recall/*", "recall/runs/1.jsonl", false],
  ["recall/**/*.jsonl", "recall/runs/1.jsonl", true],
  ["runs/?.json[l]", "recall/runs/1.jsonl", true],
  ["runs/[!1].jsonl", "recall/runs/1.jsonl", false],
  ["a.b", "plug/axb", false],
  ["a[", "plug/a[", true],
] as const) {
  test(`the filter ${glob} ${expected ? "shows" : "hides"} ${key}`, () => {
    assert.equal(matches(key, glob), expected);
  });
}

test("a filter that begins with a slash is refused with a reason", () => {
  assert.match(problemOf("/cache") ?? "", /does not begin with a slash/);
  assert.equal(problemOf("cache/*"), null);
});

test("a row of a value is copied whole", () => {
  const long = "x".repeat(500);
  const [text, list] = rowsOf({ a: long, b: [1, { c: null }] });
  const numbers = rowsOf(Array.from({ length: 150 }, (_, index) => index));

  assert.equal(text?.json(), long);
  assert.deepEqual(JSON.parse(list?.json() ?? ""), [1, { c: null }]);
  assert.equal((JSON.parse(numbers[1]?.json() ?? "") as number[]).length, 50);
});
