import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { unfinished } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { isAlive } from "./processes.ts";
import { writeFiles } from "./projectFiles.ts";

/** Each of the two files is one worker's; its process id tells that it waits there. */
const file = (name: string, quick: string): string =>
  [
    "import os, time",
    "",
    "",
    `def test_quick_${name}():`,
    `    assert ${quick}`,
    "",
    "",
    `def test_waits_${name}():`,
    '    worker = os.environ["PYTEST_XDIST_WORKER"]',
    '    with open(f"{worker}.tmp", "w") as file:',
    "        file.write(str(os.getpid()))",
    '    os.rename(f"{worker}.tmp", f"{worker}.pid")',
    "    time.sleep(600)",
    "",
  ].join("\n");

test("workers run the tests, results come live, and cancelling ends all of them", async ({
  workbench,
  project,
}) => {
  const settings = (args: readonly string[]): string =>
    JSON.stringify({ "pytestRecall.workers": 2, "pytestRecall.args": args });
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "test_one.py": file("one", "True"),
    "test_two.py": file("two", "1 == 2"),
    "test_more.py": "def test_first():\n    pass\n\n\ndef test_second():\n    pass\n",
    ".vscode/settings.json": settings(["--dist", "loadfile"]),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();

  await workbench.runCommand("Test: Run All Tests");

  await workbench.statusBarItem("4/6 · 1 failed").waitFor();
  await expect(workbench.testRow("test_quick_one")).toContainText(/\dms/);
  await expect(workbench.testRowIn("test_quick_two", "Failed")).toBeVisible();
  await workbench.screenshot("workers-live");
  const pids = ["gw0", "gw1"].map((worker) => join(project, `${worker}.pid`));
  await expect.poll(() => pids.every((path) => existsSync(path))).toBe(true);
  const workers = pids.map((path) => Number(readFileSync(path, "utf8")));
  expect(new Set(workers).size).toBe(2);

  await workbench.runCommand("Test: Cancel Test Run");

  await expect.poll(() => workers.filter(isAlive)).toEqual([]);
  await workbench.statusBarItem("1 failed").waitFor();
  await expect
    .poll(() => unfinished(project))
    .toEqual(["test_one.py::test_waits_one", "test_two.py::test_waits_two"]);

  // Where there can be no workers the tests run all the same, and it is said why.
  writeFiles(project, { ".vscode/settings.json": settings(["-p", "no:xdist"]) });
  await expect(async () => {
    await workbench.runTestRow("test_more.py");
    await expect(workbench.notification("pytest-xdist is switched off")).toBeVisible();
  }).toPass();
  await expect(workbench.testRowIn("test_second", "Passed")).toBeVisible();
  await workbench.screenshot("workers-off");
});
