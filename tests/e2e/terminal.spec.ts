import { copyProject, runPytest } from "../../extension/scripts/projects.mjs";
import { lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { reportSeconds } from "./reportSeconds.ts";
import { bug, failing, failure } from "./sample.ts";
import { stockPytest } from "./terminal.ts";

test.beforeEach(async ({ workbench, project }) => {
  copyProject("sample", project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
});

test("stock pytest fails a test in a terminal, the editor shows it, reruns it, and the terminal knows", async ({
  workbench,
  project,
}) => {
  await stockPytest(project, []);
  const ended = performance.now();

  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  reportSeconds("until the editor showed what stock pytest had failed", ended);
  await workbench.statusBarItem("2 failed").waitFor();
  await workbench.screenshot("terminal-stock");

  await workbench.mend(bug);
  await workbench.runCommand("Pytest Recall: Rerun Last Failed");
  await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  await workbench.statusBarItem(/^\s*\d+ passed\s*$/).waitFor();
  await expect(workbench.statusBarItem("failed")).toBeHidden();

  expect(lastFailed(project)).toEqual([]);
  expect(await stockPytest(project, ["--lf"])).toContain("no previously failed tests");
});

test("a run of our plugin in a terminal shows with its reasons", async ({ workbench, project }) => {
  await runPytest(project, []);

  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_twenty_pieces_are_cheaper", "Passed")).toBeVisible();
  await workbench.openFile(failure.file);
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await workbench.screenshot("terminal-ours");
});
