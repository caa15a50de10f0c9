import assert from "node:assert/strict";
import { test } from "node:test";

import type { DoctorResult } from "../../../extension/src/client/protocol.generated";
import { reportOf, verdictOf, type Verdict } from "../../../extension/src/state/cacheReport";
import { block } from "../support/draw";
import { checked, finding } from "../support/samples";

const LASTFAILED = "v/cache/lastfailed";

function check(result: Partial<DoctorResult>, expected: Partial<Verdict>): void {
  const verdict = verdictOf("shop", checked(result));
  for (const [name, value] of Object.entries(expected)) assert.equal(verdict[name as keyof Verdict], value);
}

test("a sound cache says what it holds", () => {
  check(
    {},
    {
      tone: "good",
      sentence: "The pytest cache of shop is sound: 15 known tests, 2 failed, 0 unfinished, 3 runs.",
      canRepair: false,
      hasDetails: false,
    },
  );
});

test("where nothing is remembered yet, that is all there is to say", () => {
  check(
    { runs: 0, failures: 0, tests: 0 },
    { tone: "good", sentence: "pytest remembers nothing of shop yet." },
  );
});

test("notes alone leave a cache sound", () => {
  const note = finding("v/cache/nodeids", { level: "note", remedy: null });
  check({ findings: [note] }, { tone: "good", canRepair: false, hasDetails: true });
});

test("problems are counted, and a repair is offered where there is one", () => {
  const stuck = finding("v/x", { remedy: null });
  check(
    { findings: [finding(LASTFAILED), stuck] },
    { tone: "bad", sentence: "The pytest cache of shop has 2 problems.", canRepair: true, hasDetails: true },
  );
  check({ findings: [stuck] }, { sentence: "The pytest cache of shop has 1 problem.", canRepair: false });
});

test("after a repair it is said what was done and how the cache is now", () => {
  const repairs = [{ finding: finding(LASTFAILED), done: "2 node ids saved", error: null }];
  check(
    { repairs },
    {
      tone: "good",
      sentence:
        "1 problem of the pytest cache of shop was repaired. It is sound now: 15 known tests, 2 failed, 0 unfinished, 3 runs.",
      hasDetails: true,
    },
  );
});

test("what could not be repaired is said to be left, and not offered again", () => {
  const [good, bad] = [finding("v/a"), finding("v/b")];
  check(
    {
      findings: [bad],
      repairs: [
        { finding: good, done: "done", error: null },
        { finding: bad, done: null, error: "Permission denied" },
      ],
    },
    {
      tone: "bad",
      sentence: "1 problem of the pytest cache of shop was repaired. 1 problem is left.",
      canRepair: false,
    },
  );
});

test("the report lists what was done, what could not be, and what is left", () => {
  const [good, bad] = [finding(LASTFAILED), finding("v/b", { more: ["v/c"], ids: ["t.py::test_a"] })];
  const text = reportOf(
    "shop",
    "/shop/.pytest_cache",
    checked({
      findings: [bad, finding("v/n", { level: "note", message: "is newer", remedy: null })],
      repairs: [
        { finding: good, done: "2 node ids saved", error: null },
        { finding: bad, done: null, error: "Permission denied" },
      ],
    }),
  );

  assert.equal(
    text,
    `${block(`
      The pytest cache of shop
      /shop/.pytest_cache

      Repaired
        v/cache/lastfailed
          not JSON
          2 node ids saved

      Could not be repaired
        v/b, v/c
          not JSON
            t.py::test_a
          Permission denied

      Problems
        v/b, v/c
          not JSON
            t.py::test_a
          Repair: set aside and rebuilt

      Notes
        v/n
          is newer
    `)}\n`,
  );
});

test("the report of a sound cache says what it holds", () => {
  assert.equal(
    reportOf("shop", "/shop/.pytest_cache", checked()),
    `${block(`
      The pytest cache of shop
      /shop/.pytest_cache

      15 known tests, 2 failed, 0 unfinished, 3 runs
    `)}\n`,
  );
});
