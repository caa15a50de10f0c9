import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import type { TestController as RealController } from "vscode";

import type { Record, RecordsParams } from "../../../extension/src/client/protocol.generated";
import { Explorer } from "../../../extension/src/ui/explorer";
import { Painter } from "../../../extension/src/ui/painter";
import { Remembered } from "../../../extension/src/ui/remembered";
import { block, renderRun } from "../support/draw";
import { ROOT, change, failedRecord, file, line, node, record, root } from "../support/samples";
import { TestController } from "../support/vscode";

const FILES = [file("t.py", [node("t.py::test_a"), node("t.py::test_b")])];

function records(list: readonly Record[], rest: Partial<RecordsParams> = {}): RecordsParams {
  return { root: ROOT, reset: false, records: list, forgotten: [], ...rest };
}

function open(): { controller: TestController; explorer: Explorer; remembered: Remembered } {
  const controller = new TestController();
  const explorer = new Explorer(controller as unknown as RealController, () => undefined);
  explorer.setRoots([root()]);
  return { controller, explorer, remembered: new Remembered(explorer, new Painter()) };
}

test("remembered failures are painted with their reasons, without taking the focus", () => {
  const { controller, explorer, remembered } = open();
  explorer.apply(change(1, { reset: true, files: FILES }));

  remembered.remember(records([failedRecord("t.py::test_a", "assert 1 == 2"), record("t.py::test_b")]));

  const [run] = controller.runs;
  assert.equal(
    renderRun(run),
    block(`
      t.py::test_a: failed 12 ms
        | AssertionError
        | 
        | assert 1 == 2
        at /shop/t.py:5
      t.py::test_b: passed 12 ms
      ended
    `),
  );
  assert.deepEqual([run?.isPersisted, run?.request.preserveFocus], [false, true]);
});

test("what is forgotten and runs again before the tree is complete shows its new result", () => {
  const { controller, explorer, remembered } = open();

  remembered.remember(records([], { forgotten: ["t.py::test_a", "t.py::test_b"] }));
  remembered.remember(records([record("t.py::test_a")]));
  explorer.apply(change(1, { reset: true, files: FILES }));
  remembered.paint(ROOT);

  assert.deepEqual(controller.runs.map(renderRun), [
    "t.py::test_a: passed 12 ms\nended",
    "t.py::test_b: skipped\nended",
  ]);
});

test("what comes before the tree is complete waits for it", () => {
  const { controller, explorer, remembered } = open();

  remembered.remember(records([failedRecord("t.py::test_a", "boom")]));
  const before = controller.runs.length;
  explorer.apply(change(1, { reset: true, files: FILES }));
  remembered.paint(ROOT);

  assert.equal(before, 0);
  assert.equal(controller.runs.length, 1);
});

test("a test that is no longer there is not brought back", () => {
  const { controller, explorer, remembered } = open();
  explorer.apply(change(1, { reset: true, files: FILES }));

  remembered.remember(records([failedRecord("gone.py::test_a", "boom")]));

  assert.equal(controller.runs.length, 0);
});

test("a result whose place has only moved with an edit is not painted again", () => {
  const { controller, explorer, remembered } = open();
  explorer.apply(change(1, { reset: true, files: FILES }));
  const failure = failedRecord("t.py::test_a", "boom");
  remembered.remember(records([failure]));

  remembered.remember(
    records([{ ...failure, location: { uri: `${ROOT}/t.py`, range: line(9, 4, 20) }, outdated: true }]),
  );

  assert.equal(controller.runs.length, 1);
});

test("a forgotten failure is shown as no failure", () => {
  const { controller, explorer, remembered } = open();
  explorer.apply(change(1, { reset: true, files: FILES }));
  const failure = failedRecord("t.py::test_a", "boom");
  remembered.remember(records([failure]));

  remembered.remember(records([], { forgotten: ["t.py::test_a"] }));

  assert.equal(renderRun(controller.runs[1]), "t.py::test_a: skipped\nended");
});

test("a failure that was forgotten can be remembered again", () => {
  const { controller, explorer, remembered } = open();
  explorer.apply(change(1, { reset: true, files: FILES }));
  const failure = failedRecord("t.py::test_a", "boom");
  remembered.remember(records([failure]));
  remembered.remember(records([], { forgotten: ["t.py::test_a"] }));

  remembered.remember(records([failure]));

  assert.match(renderRun(controller.runs[2]), /^t\.py::test_a: failed/);
});

test("out of the Test Explorer nothing is painted until the rows are back", () => {
  const { controller, explorer, remembered } = open();
  explorer.apply(change(1, { reset: true, files: FILES }));
  explorer.show(false);

  remembered.remember(records([failedRecord("t.py::test_a", "assert 1 == 2")]));
  assert.equal(controller.runs.length, 0);

  explorer.show(true);
  remembered.paint(ROOT);

  assert.equal(controller.runs.length, 1);
});
