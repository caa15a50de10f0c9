import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ensureClick } from "../../extension/scripts/projects.mjs";
import { testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";

test("click, with its thousands of tests, opens, runs a file and reruns what fails", async ({
  workbench,
  project,
}) => {
  cpSync(await ensureClick(), project, { recursive: true });
  const settings = { "pytestRecall.args": ["-o", "pythonpath=src"] };
  mkdirSync(join(project, ".vscode"));
  writeFileSync(join(project, ".vscode", "settings.json"), JSON.stringify(settings));
  const broken = join(project, "tests", "test_broken.py");
  writeFileSync(broken, "def test_broken():\n    assert 1 + 1 == 3\n");

  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openTestRow("tests");
  await workbench.runTestRow("test_parser.py");

  await expect(workbench.testRowIn("test_parser.py", "Passed")).toBeVisible();
  expect(testsOfLastRun(project).length).toBeGreaterThan(5);

  await workbench.runTestRow("test_broken.py");
  await workbench.statusBarItem("1 failed").waitFor();
  writeFileSync(broken, "def test_broken():\n    assert 1 + 1 == 2\n");
  await workbench.pressRerunKeys();

  await expect(workbench.testRowIn("test_broken.py", "Passed")).toBeVisible();
  await expect(workbench.statusBarItem("failed")).toBeHidden();
  expect(testsOfLastRun(project)).toEqual(["tests/test_broken.py::test_broken"]);
  await workbench.screenshot("click");
});
