import assert from "node:assert/strict";
import { test } from "node:test";

import type { RunResult, StepwiseResult } from "../../../extension/src/client/protocol.generated";
import {
  begin,
  ended,
  moved,
  reset,
  saved,
  skip,
  stop,
  type StepEnd,
  type Stretch,
  type Turn,
  type Walk,
} from "../../../extension/src/state/stepwise";
import { stepwiseStatus } from "../../../extension/src/state/stepwiseStatus";
import { failedRecord } from "../support/samples";

const SHOP: Stretch = { root: "file:///shop", ids: [], exclude: [] };
const BANK: Stretch = { root: "file:///bank", ids: ["t.py"], exclude: [] };

function standAt(number: number, rest: Partial<StepwiseResult> = {}): StepwiseResult {
  const test = `t.py::test_${String(number)}`;
  const record = failedRecord(test, "assert 0");
  const where = { test, position: number, total: 17, passed: number - 1, through: false };
  return { ...where, record, error: null, ...rest };
}

const AT_END: StepwiseResult = {
  test: null,
  position: null,
  total: 17,
  passed: 17,
  through: true,
  record: null,
  error: null,
};

function end(stand: StepwiseResult, exitStatus: number | null, rest: Partial<RunResult> = {}): StepEnd {
  const result = { run: "r", exitStatus, cancelled: false, counts: {}, duration: 1, problem: null, ...rest };
  return { result, stand };
}

function walkOf(turn: Turn): Walk {
  assert(turn.walk !== null);
  return turn.walk;
}

/** A walk that has stopped at a test. */
function stoppedAt(number: number, stretches: readonly Stretch[] = [SHOP]): Walk {
  return walkOf(ended(walkOf(begin(stretches)), end(standAt(number), 2)));
}

/** `step stepwise file:///shop`, `open t.py::test_3 quietly`, `over: stepwise done`. */
function drawn({ walk, effect }: Turn): string {
  const over = walk === null ? "over: " : "";
  switch (effect.do) {
    case "step":
      return `${over}step ${effect.kind} ${effect.stretch.root}`;
    case "open":
      return `${over}open ${effect.record.id}${effect.asked ? "" : " quietly"}`;
    case "say":
      return `${over}${effect.text}`;
    case "cancel":
    case "nothing":
      return `${over}${effect.do}`;
  }
}

test("the start takes a step, and opens the failure that it stops at", () => {
  const started = begin([SHOP]);

  assert.equal(drawn(started), "step stepwise file:///shop");
  assert.equal(drawn(ended(walkOf(started), end(standAt(3), 2))), "open t.py::test_3");
});

test("a save takes a step, and what it stops at disturbs nobody", () => {
  const step = saved(stoppedAt(3));

  assert.equal(drawn(step), "step stepwise file:///shop");
  assert.equal(drawn(ended(walkOf(step), end(standAt(5), 2))), "open t.py::test_5 quietly");
});

test("saves during a step make one more step after it, before anything is opened", () => {
  const during = walkOf(saved(walkOf(saved(walkOf(saved(stoppedAt(3)))))));

  const after = ended(during, end(standAt(5), 2));

  assert.equal(drawn(after), "step stepwise file:///shop");
  assert.equal(drawn(ended(walkOf(after), end(standAt(5), 2))), "open t.py::test_5 quietly");
});

test("when all have passed the mode is over, also if there was a save meanwhile", () => {
  const last = walkOf(saved(walkOf(saved(stoppedAt(3)))));

  assert.equal(drawn(ended(last, end(AT_END, 0))), "over: stepwise done · 17 passed");
  assert.equal(drawn(ended(last, end({ ...AT_END, passed: null }, 0))), "over: stepwise done");
});

test("roots are walked one after the other, and their tests counted together", () => {
  const second = ended(walkOf(saved(stoppedAt(3, [SHOP, BANK]))), end(AT_END, 0));

  assert.equal(drawn(second), "step stepwise file:///bank");
  assert.equal(
    drawn(ended(walkOf(second), end({ ...AT_END, passed: 4 }, 0))),
    "over: stepwise done · 21 passed",
  );
});

test("what was skipped is left behind, and is not counted as passed", () => {
  const skipped = skip(stoppedAt(3));
  assert.equal(drawn(skipped), "step stepwiseSkip file:///shop");
  const further = ended(walkOf(skipped), end(standAt(5), 2, { counts: { failed: 2, passed: 1 } }));
  assert.equal(drawn(further), "open t.py::test_5");

  const last = skip(walkOf(further));
  const done = ended(walkOf(last), end({ ...AT_END, passed: 16 }, 1, { counts: { failed: 1 } }));

  assert.equal(drawn(done), "over: stepwise done · 15 passed · 2 left behind");
});

test("a skip during a step holds for the same failure only", () => {
  const during = walkOf(skip(walkOf(saved(stoppedAt(3)))));

  assert.equal(drawn(ended(during, end(standAt(3), 2))), "step stepwiseSkip file:///shop");
  assert.equal(drawn(ended(during, end(standAt(5), 2))), "open t.py::test_5 quietly");
});

test("a reset begins at the first root anew, during a step once that is cancelled", () => {
  const inBank = walkOf(ended(walkOf(saved(stoppedAt(3, [SHOP, BANK]))), end(AT_END, 0)));

  const asked = reset(inBank);
  assert.equal(drawn(asked), "cancel");
  const again = ended(walkOf(asked), end(standAt(1), null, { cancelled: true }));
  assert.equal(drawn(again), "step stepwiseReset file:///shop");
  assert.equal(drawn(ended(walkOf(again), end(AT_END, 0))), "step stepwiseReset file:///bank");
  assert.equal(drawn(reset(stoppedAt(3))), "step stepwiseReset file:///shop");
});

test("a step that is cancelled or lost leaves the walk waiting where it stood", () => {
  const during = walkOf(saved(walkOf(saved(stoppedAt(3)))));

  const cancelled = ended(during, end(standAt(3), null, { cancelled: true }));
  assert.equal(drawn(cancelled), "nothing");
  assert.equal(stepwiseStatus(walkOf(cancelled), null).text, "$(debug-step-over) stepwise 3/17");
  const lost = ended(during, null);
  assert.equal(stepwiseStatus(walkOf(lost), null).text, "$(debug-step-over) stepwise 3/17");
  assert.equal(drawn(saved(walkOf(lost))), "step stepwise file:///shop");
});

test("where nothing can be run the mode is over, since every save would tell so again", () => {
  const during = walkOf(saved(stoppedAt(3)));

  const over = ended(during, end(standAt(3), null, { problem: "There is no pytest." }));

  assert.equal(drawn(over), "over: stepwise ended");
});

test("a file that cannot be collected is opened, and there is nothing to skip but the test behind it", () => {
  const error = failedRecord("u.py", "No module named 'x'");
  const blocked = ended(walkOf(saved(stoppedAt(3))), end(standAt(3, { error }), 2));

  assert.equal(drawn(blocked), "open u.py quietly");
  const view = stepwiseStatus(walkOf(blocked), null);
  assert.equal(view.text, "$(error) stepwise 3/17");
  assert.equal(
    view.sentence,
    "Stepwise cannot go on: u.py cannot be collected: No module named 'x'. Save a file to try again. Click to show it.",
  );
  assert.equal(drawn(saved(walkOf(blocked))), "step stepwise file:///shop");
});

test("a test that is gone has no place, and there is nothing to skip without a test", () => {
  const gone = walkOf(
    ended(walkOf(saved(stoppedAt(3))), end(standAt(3, { position: null, record: null }), 2)),
  );
  assert.equal(stepwiseStatus(gone, null).text, "$(debug-step-over) stepwise");

  const blank = walkOf(moved(gone, SHOP.root, { ...AT_END, through: false }));

  assert.equal(drawn(skip(blank)), "No failing test to skip");
  assert.match(stepwiseStatus(blank, null).sentence, /^Stepwise waits\. Save a file to go on\./u);
});

test("a root that is gone is walked past", () => {
  assert.equal(drawn(ended(walkOf(begin([SHOP, BANK])), "gone")), "step stepwise file:///bank");
  assert.equal(drawn(ended(walkOf(begin([SHOP])), "gone")), "over: stepwise done · 0 passed");
});

test("a step of a terminal is taken up, and opens nothing", () => {
  const turn = moved(stoppedAt(3), SHOP.root, standAt(5));

  assert.equal(drawn(turn), "nothing");
  assert.equal(stepwiseStatus(walkOf(turn), null).text, "$(debug-step-over) stepwise 5/17");
  assert.equal(drawn(moved(stoppedAt(3), BANK.root, standAt(5))), "nothing");
  const other = walkOf(moved(stoppedAt(3), BANK.root, standAt(5)));
  assert.equal(other.stand?.position, 3);
});

test("a terminal that has come to the end of a root ends the walk, or leaves the next root to a save", () => {
  assert.equal(drawn(moved(stoppedAt(3), SHOP.root, AT_END)), "over: stepwise done · 17 passed");

  const further = moved(stoppedAt(3, [SHOP, BANK]), SHOP.root, AT_END);

  assert.equal(drawn(further), "nothing");
  assert.equal(drawn(saved(walkOf(further))), "step stepwise file:///bank");
});

test("stopping leaves the mode, and cancels a step that is under way", () => {
  assert.equal(drawn(stop(stoppedAt(3))), "over: nothing");
  assert.equal(drawn(stop(walkOf(saved(stoppedAt(3))))), "over: cancel");
});

test("the sentence says what the numbers are, and names the root where there are several", () => {
  assert.equal(
    stepwiseStatus(stoppedAt(3), "bank").sentence,
    "Stepwise has stopped in bank at test 3 of 17, t.py::test_3: assert 0. Save a file to rerun it and go on. Click to show it.",
  );
  assert.equal(stepwiseStatus(stoppedAt(3), null).action, "showStepwise");
  const during = walkOf(saved(stoppedAt(3)));
  assert.equal(stepwiseStatus(during, null).text, "$(sync~spin) stepwise 3/17");
});
