import assert from "node:assert/strict";
import { test } from "node:test";

import type { FailurePlace } from "../../../extension/src/client/protocol.generated";
import { stopsFrom, stopsOf, type Cursor, type Direction } from "../../../extension/src/state/failureSteps";
import { failurePlace } from "../support/samples";

const FAILURES = [
  failurePlace("b.py::test_b", 3),
  failurePlace("b.py::test_c", 8),
  failurePlace("b.py::test_p[1]", 12),
  failurePlace("b.py::test_p[2]", 12),
  failurePlace("a.py::test_a", 5),
];

/** The stops ahead, each as `file:line`, with a bar where the way begins again. */
function way(
  cursor: Cursor | null,
  direction: Direction,
  failures: readonly FailurePlace[] = FAILURES,
): string {
  const { stops, turn } = stopsFrom(stopsOf(failures), cursor, direction);
  const names = stops.map(
    ({ location }) => `${location.uri.replace(/.*\//u, "")}:${String(location.range.start.line)}`,
  );
  return [...names.slice(0, turn), "|", ...names.slice(turn)].join(" ");
}

const at = (file: string, line: number): Cursor => ({ uri: `file:///shop/${file}`, line });

test("without a cursor the way goes from the first to the last, or back", () => {
  assert.equal(way(null, "next"), "b.py:3 b.py:8 b.py:12 a.py:5 |");
  assert.equal(way(null, "previous"), "a.py:5 b.py:12 b.py:8 b.py:3 |");
});

test("from a failing line the way goes on to the one beside it, and round at the end", () => {
  assert.equal(way(at("b.py", 8), "next"), "b.py:12 a.py:5 | b.py:3 b.py:8");
  assert.equal(way(at("b.py", 8), "previous"), "b.py:3 | a.py:5 b.py:12 b.py:8");
  assert.equal(way(at("a.py", 5), "next"), "| b.py:3 b.py:8 b.py:12 a.py:5");
  assert.equal(way(at("b.py", 3), "previous"), "| a.py:5 b.py:12 b.py:8 b.py:3");
});

test("between failing lines of a file the nearest one ahead comes first", () => {
  assert.equal(way(at("b.py", 4), "next"), "b.py:8 b.py:12 a.py:5 | b.py:3");
  assert.equal(way(at("b.py", 10), "previous"), "b.py:8 b.py:3 | a.py:5 b.py:12");
});

test("beyond the last failing line of a file the next file comes", () => {
  assert.equal(way(at("b.py", 90), "next"), "a.py:5 | b.py:3 b.py:8 b.py:12");
  assert.equal(way(at("a.py", 0), "previous"), "b.py:12 b.py:8 b.py:3 | a.py:5");
});

test("from a file without failures the way begins at its end", () => {
  assert.equal(way(at("other.py", 4), "next"), "b.py:3 b.py:8 b.py:12 a.py:5 |");
  assert.equal(way(at("other.py", 4), "previous"), "a.py:5 b.py:12 b.py:8 b.py:3 |");
});

test("a single failure is its own next one", () => {
  assert.equal(way(at("a.py", 5), "next", [failurePlace("a.py::test_a", 5)]), "| a.py:5");
});

test("failures without a place are passed over", () => {
  const nowhere = { ...failurePlace("gone.py::test_x", 1), location: null };

  assert.equal(way(null, "next", [nowhere, failurePlace("a.py::test_a", 5)]), "a.py:5 |");
  assert.deepEqual(stopsOf([nowhere]), []);
});
