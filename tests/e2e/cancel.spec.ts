/** Runs under way: how far they are, who waits for them, how they are cancelled, and that they are over. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { journals, lastFailed, testsOfLastRun, unfinished } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { isAlive } from "./processes.ts";
import { writeFiles } from "./projectFiles.ts";
import type { Workbench } from "./workbench.ts";

/** The third test has a child in a session of its own, and ends once the file `go` is there. */
const slow = `
import os, pathlib, subprocess, sys, time

def test_a_passes():
    pass

def test_b_fails():
    assert 0

def test_c_waits():
    sleeping = [sys.executable, "-c", "import time; time.sleep(600)"]
    child = subprocess.Popen(sleeping, start_new_session=True)
    pathlib.Path("pids.tmp").write_text(f"{os.getpid()} {child.pid}")
    os.rename("pids.tmp", "pids")
    while not pathlib.Path("go").exists():
        time.sleep(0.02)
    child.kill()

def test_d_passes():
    pass
`;
const ids = (...names: readonly string[]): readonly string[] => names.map((name) => `test_slow.py::${name}`);

/** Runs all tests and returns the processes of the run once its third test waits. */
async function runUntilItWaits(workbench: Workbench, project: string): Promise<readonly number[]> {
  const pids = join(project, "pids");
  rmSync(pids, { force: true });
  await workbench.runCommand("Test: Run All Tests");
  await expect.poll(() => existsSync(pids)).toBe(true);
  return readFileSync(pids, "utf8").split(" ").map(Number);
}

const rerun = "Pytest Recall: Rerun Last Failed";

test("a run shows how far it is and who waits for it, and a second rerun takes the place of the first", async ({
  workbench,
  project,
}) => {
  writeFiles(project, { "test_slow.py": slow, "pytest.ini": "[pytest]\n" });
  const button = workbench.statusBarButton("Cancel the test run");
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("4 tests").waitFor();
  await expect(button).toBeHidden();

  await runUntilItWaits(workbench, project);
  await workbench.statusBarItem("2/4 · 1 failed").waitFor();
  await expect(button).toBeVisible();
  await workbench.runCommand(rerun);
  await workbench.statusBarItem("2/4 · 1 failed · 1 waiting").waitFor();
  await workbench.runCommand(rerun);
  await expect(workbench.statusBarButton("Cancel 2 test runs, also those that wait")).toBeVisible();
  await workbench.runCommand("Test Results: Focus on Test Results View");
  await expect(workbench.testOutput).toContainText("waiting for this run to end");
  await workbench.screenshot("8-waiting");
  writeFiles(project, { go: "" });
  await expect.poll(() => testsOfLastRun(project)).toEqual(ids("test_b_fails"));
  await workbench.statusBarItem(/^\s*1 failed\s*$/).waitFor();
  await expect(button).toBeHidden();
  expect(journals(project)).toHaveLength(2);
});

test("our button and VS Code's end runs with all that they started, and keep what has finished", async ({
  workbench,
  project,
}) => {
  writeFiles(project, { "test_slow.py": slow, "pytest.ini": "[pytest]\n" });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("4 tests").waitFor();
  await workbench.expandAllTests();

  const first = await runUntilItWaits(workbench, project);
  await workbench.statusBarItem("1 failed").waitFor();
  await workbench.runCommand(rerun);
  await workbench.statusBarItem("1 waiting").waitFor();
  await workbench.statusBarButton("Cancel 2 test runs, also those that wait").click();
  await expect.poll(() => first.filter(isAlive)).toEqual([]);
  await expect(workbench.statusBarItem("waiting")).toBeHidden();
  await expect(workbench.testRowIn("test_a_passes", "Passed")).toBeVisible();
  await expect.poll(() => unfinished(project)).toEqual(ids("test_c_waits", "test_d_passes"));
  expect(lastFailed(project)).toEqual(ids("test_b_fails"));
  expect(journals(project)).toHaveLength(1);
  await workbench.screenshot("8-cancelled");

  const second = await runUntilItWaits(workbench, project);
  const button = workbench.statusBarButton("Cancel the test run");
  await expect(button).toBeVisible();
  await workbench.viewButton("Cancel Test Run").click();
  await expect.poll(() => second.filter(isAlive)).toEqual([]);
  await expect(button).toBeHidden();
  await workbench.runCommand("Test Results: Focus on Test Results View");
  await expect(workbench.testOutput).toContainText("The run was cancelled.");
  expect(journals(project)).toHaveLength(2);
});

test("the end of a long run is told to those who are elsewhere, until they no longer want it", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "test_slow.py": slow,
    "pytest.ini": "[pytest]\n",
    ".vscode/settings.json": '{ "pytestRecall.notifyAfter": 1 }',
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("4 tests").waitFor();
  const words = /pytest: 1 failed, 3 passed in \d+ s/;
  const notice = workbench.notification(words);

  const back = await workbench.goElsewhere(async () => {
    await runUntilItWaits(workbench, project);
  });
  // More than the second of the setting.
  await expect.poll(() => Date.now() - started(project)).toBeGreaterThan(2500);
  writeFiles(project, { go: "" });
  await expect(notice).toBeVisible();
  await back();
  await workbench.screenshot("8-notice");
  await workbench.pressInNotification(words, "Show Failures");
  await expect(workbench.testRowIn("test_b_fails", "Failed")).toBeVisible();
  await expect(notice).toBeHidden();

  rmSync(join(project, "go"));
  const backAgain = await workbench.goElsewhere(async () => {
    await runUntilItWaits(workbench, project);
  });
  await expect.poll(() => Date.now() - started(project)).toBeGreaterThan(2500);
  writeFiles(project, { go: "" });
  await expect(notice).toBeVisible();
  await backAgain();
  await workbench.pressInNotification(words, "Do Not Show Again");
  await expect
    .poll(() => readFileSync(join(project, ".vscode", "settings.json"), "utf8"))
    .toMatch(/"pytestRecall\.notifyAfter": 0/);
  await workbench.runCommand("Preferences: Open User Settings (JSON)");
  const settings = workbench.page.locator(".view-lines").filter({ hasText: "pytestRecall" });
  await expect(settings).toContainText(/"pytestRecall\.notifyAfter":\s0/);
});

/** When the newest run began, in milliseconds since the epoch. */
function started(project: string): number {
  const stamp = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)/.exec(journals(project).at(-1) ?? "");
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = (stamp ?? []).slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second);
}
