import { chmodSync, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { projectPython } from "../../extension/scripts/paths.mjs";
import { copyProject, copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { lastFailed, testsOfLastRun, unfinished } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { isAlive, processesOf } from "./processes.ts";
import { writeFiles } from "./projectFiles.ts";
import { reportSeconds } from "./reportSeconds.ts";
import { failing, failure } from "./sample.ts";

test("a file with a syntax error shows it on its line, and all other tests stay", async ({
  workbench,
  project,
}) => {
  copyProject("sample", project);
  writeFiles(project, {
    "tests/test_broken.py": "def test_one():\n    pass\n\n\ndef test_two(:\n    pass\n",
  });

  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();

  await expect(workbench.testRow("test_ten_pieces_are_cheaper")).toBeVisible();
  await expect(workbench.testRow("test_broken.py")).toBeVisible();
  await expect(workbench.testRows.filter({ hasText: "SyntaxError" })).toBeVisible();
  await workbench.openFile("tests/test_broken.py");
  await expect.poll(() => workbench.endOfLineText(5)).toContain("SyntaxError");
  await expect.poll(() => workbench.ownGlyphLines()).toEqual([5]);
  await workbench.screenshot("bad-syntax-error");

  // As in a terminal, pytest runs nothing while one of the files it is to run cannot be collected.
  await workbench.runCommand("Test: Run All Tests");
  await expect(workbench.testRowIn("test_broken.py", "Errored")).toBeVisible();
  await expect(workbench.testRow("test_ten_pieces_are_cheaper")).toBeVisible();
  await workbench.screenshot("bad-syntax-error-run");

  await workbench.runTestRow("test_discounts.py");
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_twenty_pieces_are_cheaper", "Passed")).toBeVisible();
  await expect(workbench.testRowIn("test_broken.py", "Errored")).toBeVisible();
});

for (const { damage, bytes } of [
  { damage: "torn", bytes: '{\n  "tests/test_discounts.py::TestBulkDiscount::test_ten' },
  { damage: "binary", bytes: Uint8Array.from([0, 255, 254, 10, 128, 7]) },
]) {
  test(`a ${damage} lastfailed is named in the Cache panel, and runs go on`, async ({
    workbench,
    project,
  }) => {
    await copySampleRunYesterday(project);
    writeFiles(project, { ".pytest_cache/v/cache/lastfailed": bytes });

    await workbench.openFolder(project);
    await workbench.openTestExplorer();
    await workbench.expandAllTests();
    await expect(workbench.testRow("test_ten_pieces_are_cheaper")).toBeVisible();
    await workbench.openCachePanel();
    await expect(workbench.cacheRow("lastfailed")).toContainText("unreadable");
    await workbench.screenshot(`bad-${damage}-lastfailed`);

    await workbench.runCommand("Test: Run All Tests");

    // Until the run has ended the file stays as it is, and cannot be read here either.
    await expect(() => {
      expect(lastFailed(project)).toEqual(failing);
    }).toPass();
    await workbench.statusBarItem("2 failed").waitFor();
  });
}

test("a read-only cache directory does not keep tests from running", async ({ workbench, project }) => {
  await copySampleRunYesterday(project);
  const folders = ["", "v", "v/cache", "d", "d/recall", "d/recall/runs"];
  const paths = folders.map((folder) => join(project, ".pytest_cache", folder));
  for (const path of paths) chmodSync(path, 0o555);
  chmodSync(join(project, ".pytest_cache", "v", "cache", "lastfailed"), 0o444);
  writeFiles(project, {
    // Modes do not bind root unless it gives the right to ignore them away.
    "python-without-privilege": `#!/bin/sh\n${
      process.getuid?.() === 0 ? "exec setpriv --bounding-set=-dac_override,-dac_read_search" : "exec"
    } ${projectPython} "$@"\n`,
    ".vscode/settings.json": JSON.stringify({
      "pytestRecall.interpreter": join(project, "python-without-privilege"),
    }),
  });
  chmodSync(join(project, "python-without-privilege"), 0o755);
  const before = readFileSync(join(project, ".pytest_cache", "v", "cache", "lastfailed"), "utf8");

  await workbench.openFolder(project);
  await expect(workbench.notification(/cache directory .*\.pytest_cache cannot be written/)).toBeVisible();
  await workbench.screenshot("bad-read-only-cache-told");
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await workbench.runCommand("Test: Run All Tests");

  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_twenty_pieces_are_cheaper", "Passed")).toBeVisible();
  await workbench.showTestResults();
  await expect(workbench.testOutput).toContainText("2 failed");
  await workbench.screenshot("bad-read-only-cache");
  expect(readFileSync(join(project, ".pytest_cache", "v", "cache", "lastfailed"), "utf8")).toBe(before);
  for (const path of paths) chmodSync(path, 0o755);
});

test("an interpreter that does not exist is named once, with a way out, and the tree is there", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  writeFiles(project, {
    ".vscode/settings.json": JSON.stringify({ "pytestRecall.interpreter": "/nowhere/python" }),
  });

  await workbench.openFolder(project);

  const notification = workbench.notification("/nowhere/python");
  await expect(notification).toContainText("does not exist");
  await expect(notification.getByRole("button", { name: "Select Interpreter…" })).toBeVisible();
  await expect(notification).toHaveCount(1);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await workbench.screenshot("bad-interpreter");
});

const slow = `
import os, subprocess, sys, time

def test_a_passes():
    pass

def test_b_fails():
    assert 1 == 2

def test_c_waits():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    with open("pids.tmp", "w") as file:
        file.write(f"{os.getpid()} {child.pid}")
    os.rename("pids.tmp", "pids")
    time.sleep(600)

def test_d_is_not_reached():
    pass
`;

test("a cancelled run is gone with its children, and what had ended stays", async ({
  workbench,
  project,
}) => {
  writeFiles(project, { "test_slow.py": slow, "pytest.ini": "[pytest]\n" });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await workbench.runCommand("Test: Run All Tests");
  const pids = join(project, "pids");
  await expect.poll(() => existsSync(pids)).toBe(true);
  const processes = readFileSync(pids, "utf8").split(" ").map(Number);

  await workbench.runCommand("Test: Cancel Test Run");
  const asked = performance.now();

  await expect.poll(() => processes.filter(isAlive), { intervals: [50] }).toEqual([]);
  reportSeconds("until the processes of a cancelled run were gone", asked);
  await expect(workbench.testRowIn("test_a_passes", "Passed")).toBeVisible();
  await expect(workbench.testRowIn("test_b_fails", "Failed")).toBeVisible();
  await workbench.statusBarItem("1 failed").waitFor();
  expect(lastFailed(project)).toContain("test_slow.py::test_b_fails");
  expect(unfinished(project)).toEqual(["test_slow.py::test_c_waits", "test_slow.py::test_d_is_not_reached"]);
  await workbench.screenshot("bad-cancelled");
});

test("a killed server comes back by itself with all it knew", async ({
  workbench,
  project,
  server: vscode,
}) => {
  const newest = (): number => processesOf("start_server.py", vscode.pid).at(-1) ?? 0;
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
  const server = newest();
  expect(server).toBeGreaterThan(0);

  process.kill(server, "SIGKILL");

  await expect.poll(newest).toBeGreaterThan(server);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
  await workbench.openFile(failure.file);
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await workbench.runCommand("Pytest Recall: Rerun Last Failed");
  await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  await workbench.screenshot("bad-server-killed");
});
