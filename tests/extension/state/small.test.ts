import assert from "node:assert/strict";
import { test } from "node:test";

import type { SetInterpreterParams } from "../../../extension/src/client/protocol.generated";
import { differenceBadge, kindOf, roomFor } from "../../../extension/src/state/badge";
import { keyRows } from "../../../extension/src/state/cacheKeys";
import { rowsOf, type ValueRow } from "../../../extension/src/state/cacheTree";
import { Coalesced } from "../../../extension/src/state/coalesced";
import { age, size } from "../../../extension/src/state/human";
import { failureHover, failureText, fitsDocument } from "../../../extension/src/state/markerText";
import { afterEnd } from "../../../extension/src/state/restartPolicy";
import { ToldChoices } from "../../../extension/src/state/toldChoices";
import { follows } from "../../../extension/src/state/treeSequence";
import { entry, failureMarker } from "../support/samples";

function drawn(rows: readonly ValueRow[], indent = ""): string[] {
  return rows.flatMap((row) => [
    `${indent}${row.label}${row.description === "" ? "" : ` = ${row.description}`}`,
    ...drawn(row.expand(), `${indent}  `),
  ]);
}

test("an object's members are rows, nested as the value is", () => {
  assert.deepEqual(drawn(rowsOf({ a: 1, b: { c: [true, null] }, d: {} })), [
    "a = 1",
    "b = 1 member",
    "  c = 2 items",
    "    true",
    "    null",
    "d = {}",
  ]);
});

test("a list's items are rows without numbers", () => {
  assert.deepEqual(drawn(rowsOf(["t.py::test_a", ["x"]])), ["t.py::test_a", "list = 1 item", "  x"]);
});

test("a scalar is one row", () => {
  assert.deepEqual(drawn(rowsOf("text")), ["text"]);
  assert.deepEqual(drawn(rowsOf([])), ["[]"]);
});

test("a long list opens in hundreds", () => {
  const rows = rowsOf(Array.from({ length: 250 }, (_, index) => index));

  assert.deepEqual(
    rows.map(({ label }) => label),
    ["1 … 100", "101 … 200", "201 … 250"],
  );
  assert.deepEqual(
    rows[2]?.expand().map(({ label }) => label),
    Array.from({ length: 50 }, (_, index) => String(200 + index)),
  );
});

test("every row of a value has a path of its own", () => {
  const paths: string[] = [];
  const visit = (row: ValueRow): void => {
    paths.push(row.path);
    row.expand().forEach(visit);
  };
  const long = Array.from({ length: 101 }, () => ({ same: "same" }));

  rowsOf({ long, other: long }).forEach(visit);

  assert.equal(new Set(paths).size, paths.length);
});

test("values come before files, files stand in their folders, newest first", () => {
  const rows = keyRows([
    entry("recall/runs/1.jsonl", { kind: "file" }),
    entry("cache/nodeids"),
    entry("recall/runs/2.jsonl", { kind: "file" }),
    entry("cache/lastfailed"),
  ]);

  const text = rows.map((row) =>
    row.kind === "value" ? row.entry.key : `${row.path}: ${row.entries.map(({ key }) => key).join(" ")}`,
  );
  assert.deepEqual(text, [
    "cache/lastfailed",
    "cache/nodeids",
    "recall/runs: recall/runs/2.jsonl recall/runs/1.jsonl",
  ]);
});

test("sizes are said in the largest fitting unit", () => {
  assert.deepEqual([0, 1, 512, 1536, 200 * 1024, 3 * 1024 ** 2].map(size), [
    "0 bytes",
    "1 byte",
    "512 bytes",
    "1.5 KB",
    "200 KB",
    "3.0 MB",
  ]);
});

test("ages are said in the largest fitting unit", () => {
  const now = 1_000_000;
  const ages = [0, 59, 60, 3600, 24 * 3600 * 3, -5].map((seconds) => age(now - seconds, now));

  assert.deepEqual(ages, ["just now", "just now", "1 min ago", "1 h ago", "3 d ago", "just now"]);
});

test("the reason at the end of a line is one line", () => {
  assert.equal(failureText(failureMarker({ message: "assert 1 == 2\n  where" })), "assert 1 == 2 where");
});

test("the reason says how many tests failed there", () => {
  assert.equal(failureText(failureMarker({ ids: ["a", "b", "c"] })), "assert 1 == 2 (3 tests)");
});

test("the reason of a line that has changed is called outdated", () => {
  assert.equal(failureText(failureMarker({ outdated: true })), "outdated: assert 1 == 2");
});

test("a very long reason is cut", () => {
  assert.equal(failureText(failureMarker({ message: "x".repeat(500) })).length, 160);
});

test("backticks in a reason do not break out of the hover's code block", () => {
  const hover = failureHover(failureMarker({ message: "a ``` b", ids: ["t.py::test_a[`]"] }));

  assert.equal(hover, "````text\na ``` b\n````\n\n- `` t.py::test_a[`] ``");
});

test("markers of an older text are not drawn", () => {
  assert.equal(fitsDocument({ version: 3 }, 4), false);
  assert.equal(fitsDocument({ version: 4 }, 4), true);
});

test("a change follows the one before it, and a reset follows anything", () => {
  assert.equal(follows(4, { state: 5, reset: false }), true);
  assert.equal(follows(4, { state: 6, reset: false }), false);
  assert.equal(follows(undefined, { state: 5, reset: false }), false);
  assert.equal(follows(9, { state: 1, reset: true }), true);
});

test("a server that has run for a while is started again at once", () => {
  assert.deepEqual(afterEnd([], 0, 60_000), { kind: "restart", delay: 0, restarts: [60_000] });
});

test("a server that ends at once is started again after a second", () => {
  assert.deepEqual(afterEnd([], 60_000, 60_200), { kind: "restart", delay: 800, restarts: [61_000] });
});

test("a server that ends for the sixth time within minutes is given up", () => {
  assert.deepEqual(afterEnd([1000, 2000, 3000, 4000, 5000], 5000, 5500), { kind: "giveUp" });
});

test("restarts of long ago do not count", () => {
  const next = afterEnd([1000, 2000, 3000, 4000, 5000], 5000, 1_000_000);

  assert.deepEqual(next, { kind: "restart", delay: 0, restarts: [1_000_000] });
});

test("wishes that come while a job runs become one more run of it", async () => {
  const finish: (() => void)[] = [];
  const job = new Coalesced(() => new Promise((resolve) => finish.push(resolve)));

  const all = [job.run(), job.run(), job.run()];
  assert.equal(finish.length, 1);
  finish[0]?.();
  await all[0];
  await new Promise(setImmediate);
  assert.equal(finish.length, 2);
  finish[1]?.();

  await Promise.all(all);
  assert.equal(finish.length, 2);
});

test("the kind of a failure is the exception's name", () => {
  const kinds = [
    "ValueError: no",
    "shop.errors.OutOfStock: none left",
    "Failed: DID NOT RAISE",
    "KeyboardInterrupt",
  ];

  assert.deepEqual(kinds.map(kindOf), ["ValueError", "OutOfStock", "Failed", "KeyboardInterrupt"]);
});

test("a bare assertion is an AssertionError, anything else has just failed", () => {
  assert.deepEqual(["assert 1 == 2", "boom", "file not found: x"].map(kindOf), [
    "AssertionError",
    "failed",
    "failed",
  ]);
});

test("the badge of a difference cuts both sides as VS Code does", () => {
  assert.equal(differenceBadge("1\n2", "x".repeat(99)), `${"x".repeat(30)} != 1 2`);
});

test("a longer badge needs more room", () => {
  assert.ok(roomFor("ValueError") > roomFor("1 != 2"));
});

test("a choice of an interpreter is told once, until the server starts anew or it is another", () => {
  const told = new ToldChoices();
  const all = choice(null, "/usr/bin/python3");
  const own = choice("file:///shop", "/shop/.venv/bin/python");

  told.startWith(all);

  assert.deepEqual(told.news([all, own]), [own]);
  assert.deepEqual(told.news([all, own]), []);
  told.startWith(all);
  assert.deepEqual(told.news([all, own]), [own]);
  assert.equal(told.news([all, choice("file:///shop", "/usr/bin/python3.12")]).length, 1);
});

function choice(root: string | null, path: string): SetInterpreterParams {
  return { root, interpreter: { path }, args: [], trusted: true };
}
