import { copyProject } from "../../extension/scripts/projects.mjs";
import { journals } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { failure } from "./sample.ts";

test("a reopened window shows the failures with their reasons before any pytest starts", async ({
  workbench,
  project,
}) => {
  copyProject("sample", project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.testRows.first().waitFor();
  await workbench.runCommand("Test: Run All Tests");
  await workbench.statusBarItem("2 failed").waitFor();

  await workbench.reload();

  await workbench.statusBarItem("2 failed").waitFor();
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await workbench.openFile(failure.file);
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  expect(journals(project)).toHaveLength(1);
  await workbench.screenshot("8-reopened");
});
