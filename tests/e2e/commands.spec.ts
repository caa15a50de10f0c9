import { homedir } from "node:os";

import { copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { expect, test } from "./fixtures.ts";
import { failure } from "./sample.ts";

test("failures are gone through with two keys, and what a report of a fault needs is copied", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
  await workbench.openFile(failure.file);

  // The next one is in this file, the one after it in the other, and then it goes round.
  await workbench.pressNextFailureKeys();
  await workbench.statusBarItem(/[12] of 2 · assert 0 == 1500/).waitFor();
  await expect(workbench.peekedFailure).toBeVisible();
  expect(await workbench.cursorLine()).toBe(failure.line);
  await workbench.screenshot("go-next");
  await workbench.pressNextFailureKeys();
  await expect(workbench.activeTab).toContainText("test_cart.py");
  await workbench.screenshot("go-next-file");
  await workbench.pressPreviousFailureKeys();
  await expect(workbench.activeTab).toContainText("test_discounts.py");
  await workbench.pressPreviousFailureKeys();
  await expect(workbench.activeTab).toContainText("test_cart.py");
  await workbench.statusBarItem(/again/).waitFor();

  await workbench.runCommand("Pytest Recall: Copy Debug Info");
  await workbench.statusBarItem("The debug info is copied").waitFor();
  const text = await workbench.clipboard();
  expect(text).toContain("## Pytest Recall");
  expect(text).toContain('"failed": 2');
  // The interpreter of the tests is set, and may lie anywhere.
  expect(text).toContain('"pytestRecall.interpreter"');
  expect(text).not.toContain(`${homedir()}/`);
  // Activation does not wait for the server.
  expect(text).toMatch(/Activated in \d+ ms\.[^]*Starting the server/);
  process.stdout.write(`      ${/Activated in \d+ ms/.exec(text)?.[0] ?? ""}\n`);
});
