import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { journals, lastFailed } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { failing, failure } from "./sample.ts";

const LASTFAILED = ".pytest_cache/v/cache/lastfailed";

/** Tears the last line of the only journal, as a kill does. */
function tearJournal(project: string): void {
  const [name = ""] = journals(project);
  const path = join(project, ".pytest_cache", "d", "recall", "runs", name);
  writeFileSync(path, readFileSync(path).subarray(0, -10));
}

test.beforeEach(async ({ workbench, project }) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
});

test("a sound cache is said to be sound", async ({ workbench }) => {
  await workbench.runCommand("Pytest Recall: Check and Repair Cache");

  await expect(
    workbench.notification(/is sound: \d+ known tests, 2 failed, 0 unfinished, 1 run/),
  ).toBeVisible();
  await workbench.screenshot("repair-sound");
});

test("a damaged cache is checked and repaired, and all it knew is back", async ({ workbench, project }) => {
  tearJournal(project);
  writeFiles(project, { [LASTFAILED]: '{\n  "tests/test_disc' });
  await workbench.openCachePanel();
  await expect(workbench.cacheRow("cache/lastfailed")).toContainText("unreadable");
  await workbench.cacheRow("cache/lastfailed").hover();
  await workbench.screenshot("repair-unreadable");

  await workbench.cacheRow("cache/lastfailed").getByLabel("Check and Repair Cache").click();

  const notification = workbench.notification(/The pytest cache of shop has \d problems/);
  await notification.getByRole("button", { name: "Show Details" }).click();
  await expect
    .poll(async () => [...(await workbench.editorLines()).values()].join("\n"))
    .toContain("v/cache/lastfailed");
  await workbench.screenshot("repair-details");
  await notification.getByRole("button", { name: "Repair" }).click();

  await expect(
    workbench.notification(/problems of the pytest cache of shop were repaired\. It is sound now/),
  ).toBeVisible();
  await expect(workbench.cacheRow("cache/lastfailed")).not.toContainText("unreadable");
  await expect(workbench.cacheRow(/^cache\s*1 file/)).toBeVisible();
  expect(lastFailed(project)).toEqual(failing);
  await workbench.screenshot("repair-done");
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await workbench.openFile(failure.file);
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
});
