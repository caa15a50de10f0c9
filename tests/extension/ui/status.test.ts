import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import { Status } from "../../../extension/src/ui/status";
import { ROOT, summary } from "../support/samples";
import { statusBarItems } from "../support/vscode";

test("the item says the counts, the sentence is its tooltip and its label, a click reruns", () => {
  const status = new Status(true);
  status.update({ server: "running" });

  status.summarize(summary({ failed: 2, new: 1, total: 9 }));

  const item = statusBarItems.at(-1);
  assert.equal(item?.text, "$(testing-failed-icon) 2 failed · 1 new");
  assert.equal(item.tooltip, item.accessibilityInformation?.label);
  assert.equal(item.command, "pytestRecall.rerunLastFailed");
  assert.equal(item.isShown, true);
});

test("a later word on a root replaces the earlier one", () => {
  const status = new Status(true);

  status.summarize(summary({ failed: 2, total: 9 }));
  status.summarize(summary({ failed: 0, passed: 9, total: 9 }));

  assert.equal(statusBarItems.at(-1)?.text, "$(testing-passed-icon) 9 passed");
  assert.deepEqual(status.rootsWith("outstanding"), []);
});

test("a root that is gone counts no longer", () => {
  const status = new Status(true);
  status.summarize(summary({ failed: 2 }));
  status.summarize(summary({ root: "file:///bank", failed: 1 }));

  status.keepRoots([ROOT]);

  assert.deepEqual(status.rootsWith("lastFailed"), [ROOT]);
});

test("where nothing has failed, a click reruns what was not finished", () => {
  const status = new Status(true);

  status.summarize(summary({ unfinished: 5, total: 9 }));

  assert.equal(statusBarItems.at(-1)?.text, "$(testing-queued-icon) 5 unfinished");
  assert.equal(statusBarItems.at(-1)?.command, "pytestRecall.rerunOutstanding");
  assert.deepEqual(status.rootsWith("lastFailed"), []);
  assert.deepEqual(status.rootsWith("outstanding"), [ROOT]);
});

test("in a folder without tests there is no item", () => {
  const status = new Status(true);

  status.update({ server: "running" });

  assert.equal(statusBarItems.at(-1)?.isShown, false);
});
