import assert from "node:assert/strict";
import * as path from "node:path";
import { test } from "node:test";

import { root } from "../../../extension/scripts/paths.mjs";
import { forPytest, narrowed } from "../../../extension/scripts/patterns.mjs";

for (const { patterns, args } of [
  { patterns: [], args: [] },
  { patterns: ["tests/python"], args: ["tests/python"] },
  { patterns: ["package.json::test_a[b c]"], args: ["package.json::test_a[b c]"] },
  { patterns: ["torn", "tests/python", "lastfailed"], args: ["tests/python", "-k", "torn or lastfailed"] },
  { patterns: ["-k", "torn", "-x"], args: ["-k", "torn", "-x"] },
]) {
  test(`"npm test -- python ${patterns.join(" ")}" gives pytest "${args.join(" ")}"`, () => {
    assert.deepEqual(forPytest(patterns), args);
  });
}

test("files of tests are chosen by a part of their path in the clone", () => {
  const files = ["ui/explorer.test.ts", "ui/runs.test.ts", "state/small.test.ts"].map((file) =>
    path.join(root, "tests", "extension", file),
  );

  assert.deepEqual(narrowed(files, []), files);
  assert.deepEqual(narrowed(files, ["ui/ex", "small"]), [files[0], files[2]]);
  assert.deepEqual(narrowed(files, [root]), []);
});
