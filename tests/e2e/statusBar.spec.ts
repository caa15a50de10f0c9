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
  await expect(workbench.statusSentence("2 failed · 1 new")).toHaveAccessibleName(
    "2 tests have failed, 1 is new, 12 of 15 tests passed. Click to rerun what failed.",
  );
  await workbench.screenshot("7-status");

  await workbench.mend(bug);
  await workbench.statusBarItem("2 failed · 1 new").click();

  await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  await workbench.statusBarItem(/^\s*\d+ passed · 1 new\s*$/).waitFor();
  await expect(workbench.statusBarItem("failed")).toBeHidden();

  await workbench.runCommand("Test: Run All Tests");

  await workbench.statusBarItem("15 passed").waitFor();
  await expect(workbench.statusSentence("15 passed")).toHaveAccessibleName(
    "No test has failed, none is new, 15 of 15 tests passed. Click to show the tests.",
  );
  await workbench.screenshot("7-all-green");
});
