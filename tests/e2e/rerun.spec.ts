import { copyProject, copySampleRunYesterday, runPytest } from "../../extension/scripts/projects.mjs";
import { lastFailed, journals, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { failing } from "./sample.ts";
import type { Workbench } from "./workbench.ts";

const ways: Record<string, (workbench: Workbench) => Promise<void>> = {
  "the palette": (workbench) => workbench.runCommand("Pytest Recall: Rerun Last Failed"),
  "its keys": (workbench) => workbench.pressRerunKeys(),
  "the button of the Test Explorer": async (workbench) => {
    await workbench.openTestExplorer();
    await workbench.viewButton("Rerun Last Failed").click();
  },
  "the button of Up Next": async (workbench) => {
    await workbench.openPanel("Up Next");
    await expect(workbench.cacheRows).toHaveCount(2);
    await workbench.clickPanelButton("Up Next", "Run These Tests");
  },
};

for (const [way, rerun] of Object.entries(ways)) {
  test(`yesterday's failures, and only those, rerun by ${way}`, async ({ workbench, project }) => {
    await copySampleRunYesterday(project);
    await workbench.openFolder(project);
    await workbench.statusBarItem("2 failed").waitFor();

    await rerun(workbench);

    await expect.poll(() => journals(project).length).toBe(2);
    await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  });
}

test("what fails in a terminal while the window is open is rerun, too", async ({ workbench, project }) => {
  copyProject("sample", project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.testRows.first().waitFor();
  await runPytest(project, ["tests/checkout"]);
  await workbench.statusBarItem("1 failed").waitFor();

  await workbench.runCommand("Pytest Recall: Rerun Last Failed");

  await expect.poll(() => journals(project).length).toBe(2);
  await expect.poll(() => testsOfLastRun(project)).toEqual([failing[0]]);
  expect(lastFailed(project)).toEqual([failing[0]]);
});

test("its keys type nothing into the editor", async ({ workbench, project }) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed").waitFor();
  await workbench.openFile("shop/discounts.py");
  await workbench.goToLine(2);

  await workbench.pressRerunKeys();

  await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  expect((await workbench.editorLines()).get(2)).toBe("");
});
