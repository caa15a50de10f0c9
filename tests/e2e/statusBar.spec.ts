import { copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { bug, failing } from "./sample.ts";

test("the status bar counts, reruns on a click, and says when all is well", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
  await workbench.screenshot("7-status");

  await workbench.mend(bug);
  await workbench.statusBarItem("2 failed · 1 new").click();

  await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  await workbench.statusBarItem(/^\s*\d+ passed · 1 new\s*$/).waitFor();
  await expect(workbench.statusBarItem("failed")).toBeHidden();

  await workbench.runCommand("Test: Run All Tests");

  await workbench.statusBarItem("15 passed").waitFor();
  await workbench.screenshot("7-all-green");
});
