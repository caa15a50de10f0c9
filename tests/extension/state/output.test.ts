import assert from "node:assert/strict";
import { test } from "node:test";

import { outputOf } from "../../../extension/src/state/output";
import { failureOf } from "../../../extension/src/state/results";
import { record } from "../support/samples";

test("captured output stands under pytest's titles", () => {
  assert.equal(outputOf({}), null);
  assert.equal(
    outputOf({ stdout: "one\ntwo\n", log: "three\n" }),
    ["----- Captured stdout -----", "one", "two", "----- Captured log -----", "three"].join("\n"),
  );
});

test("a failure says what was printed, and what else went wrong in the same test", () => {
  const { text, others } = failureOf(
    record("test_a.py::test_x", {
      message: "KeyError: 'coin'",
      stdout: "counting\n",
      others: [
        { subtest: "[pennies]", phase: null, message: "assert 1 == 2", location: null, longrepr: null },
        {
          subtest: null,
          phase: "teardown",
          message: "OSError: closed",
          location: null,
          longrepr: "E   OSError",
        },
      ],
    }),
  );

  assert.match(text, /----- Captured stdout -----\ncounting$/u);
  assert.deepEqual(
    others.map((other) => other.text),
    ["subtest [pennies]: assert 1 == 2", "error in tear-down: OSError: closed\n\nE   OSError"],
  );
});
