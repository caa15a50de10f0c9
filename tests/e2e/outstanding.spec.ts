import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { journals, lastFailed, testsOfLastRun, unfinished } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import type { Workbench } from "./workbench.ts";

/** Where the file `mended` is, its tests pass; where it is not, the third one never ends. */
const slow = `
import os, pathlib, time

mended = pathlib.Path(__file__).with_name("mended").exists()

def test_a_passes():
    pass

def test_b_fails():
    assert mended

def test_c_waits():
    with open("pid.tmp", "w") as file:
        file.write(str(os.getpid()))
    os.rename("pid.tmp", "pid")
    while not mended:
        time.sleep(0.05)

def test_d_is_not_reached():
    pass
`;
const ids = (...names: readonly string[]): readonly string[] => names.map((name) => `test_slow.py::${name}`);
const [lineOfC, lineOfD] = [12, 19];

/** Runs all tests and kills pytest in the midst of them, as the system does where memory is short. */
async function runUntilKilled(workbench: Workbench, project: string): Promise<void> {
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await workbench.runCommand("Test: Run All Tests");
  const pid = join(project, "pid");
  await expect.poll(() => existsSync(pid)).toBe(true);
  process.kill(-Number(readFileSync(pid, "utf8")), "SIGKILL");
}

test("what a killed run left is shown, stays over a night, and is rerun with the failures", async ({
  workbench,
  project,
}) => {
  writeFiles(project, { "test_slow.py": slow, "pytest.ini": "[pytest]\n" });
  await workbench.openFolder(project);
  await runUntilKilled(workbench, project);

  await workbench.statusBarItem("1 failed").waitFor();
  await expect(workbench.testRowIn("test_a_passes", "Passed")).toBeVisible();
  await expect(workbench.testRowIn("test_b_fails", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_c_waits", "Errored")).toBeVisible();
  await expect(workbench.testRowIn("test_d_is_not_reached", "Not yet run")).toBeVisible();
  expect(lastFailed(project)).toEqual(ids("test_b_fails"));
  expect(unfinished(project)).toEqual(ids("test_c_waits", "test_d_is_not_reached"));
  await workbench.openFile("test_slow.py");
  await expect.poll(() => workbench.endOfLineText(lineOfC)).toContain("did not finish: the run was killed");
  await expect.poll(() => workbench.endOfLineText(lineOfD)).toBe("unfinished");
  await workbench.statusBarItem("1 failed").hover();
  await expect(workbench.page.getByText("1 test has failed, 2 are unfinished")).toBeVisible();
  await workbench.screenshot("outstanding-killed");

  await workbench.reload();
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRowIn("test_c_waits", "Errored")).toBeVisible();
  await workbench.openFile("test_slow.py");
  await expect.poll(() => workbench.endOfLineText(lineOfC)).toContain("did not finish: the run was killed");
  await expect.poll(() => workbench.endOfLineText(lineOfD)).toBe("unfinished");
  await workbench.screenshot("outstanding-reopened");
  await workbench.filterTests("@pytestRecall:unfinished");
  await expect(workbench.testRow("test_b_fails")).toBeHidden();
  await expect(workbench.testRow("test_c_waits")).toBeVisible();
  await expect(workbench.testRow("test_d_is_not_reached")).toBeVisible();
  await workbench.screenshot("outstanding-filtered");
  await workbench.filterTests("");

  writeFiles(project, { mended: "" });
  await workbench.runCommand("Pytest Recall: Rerun Outstanding");

  await expect
    .poll(() => testsOfLastRun(project))
    .toEqual(ids("test_b_fails", "test_c_waits", "test_d_is_not_reached"));
  await workbench.statusBarItem("4 passed").waitFor();
  for (const name of ["test_b_fails", "test_c_waits", "test_d_is_not_reached"])
    await expect(workbench.testRowIn(name, "Passed")).toBeVisible();
  expect(lastFailed(project)).toEqual([]);
  expect(unfinished(project)).toEqual([]);
  await expect.poll(() => workbench.endOfLineText(lineOfC)).toBe("");
  await expect.poll(() => workbench.endOfLineText(lineOfD)).toBe("");
  await workbench.screenshot("outstanding-rerun");

  const runs = journals(project).length;
  await workbench.runCommand("Pytest Recall: Rerun Outstanding");
  await workbench.statusBarItem("No failed or unfinished test to rerun").waitFor();
  expect(journals(project)).toHaveLength(runs);
});

test("without failures the status bar counts what is unfinished, and a click or the keys rerun it", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "test_slow.py": slow.replace("assert mended", "pass"),
    "pytest.ini": "[pytest]\n",
  });
  await workbench.openFolder(project);
  await runUntilKilled(workbench, project);
  await workbench.statusBarItem("2 unfinished").waitFor();
  await workbench.screenshot("outstanding-status");
  writeFiles(project, { mended: "" });

  await workbench.statusBarItem("2 unfinished").click();

  await expect.poll(() => testsOfLastRun(project)).toEqual(ids("test_c_waits", "test_d_is_not_reached"));
  await workbench.statusBarItem("4 passed").waitFor();

  writeFiles(project, {
    ".pytest_cache/v/recall/unfinished": JSON.stringify({ version: 1, ids: ids("test_d_is_not_reached") }),
  });
  await workbench.statusBarItem("1 unfinished").waitFor();
  await workbench.pressRerunOutstandingKeys();
  await expect.poll(() => testsOfLastRun(project)).toEqual(ids("test_d_is_not_reached"));
  await workbench.statusBarItem("4 passed").waitFor();
});
