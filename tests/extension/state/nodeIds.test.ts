import assert from "node:assert/strict";
import { test } from "node:test";

import { fileOf, foldersOf, labelOf, nameOf, stepsOf } from "../../../extension/src/state/nodeIds";

function checkSteps(id: string, expected: readonly string[]): void {
  assert.deepEqual(
    stepsOf(id).map(({ label }) => label),
    expected,
  );
}

test("a function of a file is one step", () => {
  checkSteps("t.py::test_a", ["test_a"]);
});

test("classes, the function and its parameters are steps", () => {
  checkSteps("a/t.py::TestA::TestB::test_c[1-x]", ["TestA", "TestB", "test_c", "[1-x]"]);
});

test("what stands in brackets is never split", () => {
  checkSteps("t.py::test_a[x::y/z[0]]", ["test_a", "[x::y/z[0]]"]);
});

test("a file has no steps", () => {
  checkSteps("a/t.py", []);
});

test("each step has the whole id up to it", () => {
  const ids = stepsOf("t.py::A::test_b[1]").map(({ id }) => id);

  assert.deepEqual(ids, ["t.py::A", "t.py::A::test_b", "t.py::A::test_b[1]"]);
});

test("the file of an id is what stands before the first colons", () => {
  assert.equal(fileOf("a/t.py::test_a[b.py::c]"), "a/t.py");
  assert.equal(fileOf("a/t.py"), "a/t.py");
});

test("the folders above a file are named outermost first", () => {
  assert.deepEqual(foldersOf("a/b/t.py"), ["a", "a/b"]);
  assert.deepEqual(foldersOf("t.py"), []);
});

test("the name of a path is its last part", () => {
  assert.equal(nameOf("a/b/t.py"), "t.py");
  assert.equal(nameOf("t.py"), "t.py");
});

test("people know a test by its name and parameters, and a file by its path", () => {
  assert.equal(labelOf("a/t.py::A::test_b[x::y-[1]]"), "test_b[x::y-[1]]");
  assert.equal(labelOf("a/t.py::test_a"), "test_a");
  assert.equal(labelOf("a/t.py"), "a/t.py");
});
