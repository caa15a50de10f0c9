import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

test("settings give runs their variables and their working directory", async ({ workbench, project }) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "run.env": "BANK='of England' # the old one\n",
    "data/prices.txt": "penny",
    "test_shop.py": [
      "import os",
      "",
      "",
      "def test_variables():",
      '    assert (os.environ["COIN"], os.environ["BANK"]) == ("penny", "of England")',
      "",
      "",
      "def test_directory():",
      '    assert open("prices.txt").read() == "penny"',
      "",
    ].join("\n"),
    ".vscode/settings.json": JSON.stringify({
      "pytestRecall.env": { COIN: "penny" },
      "pytestRecall.envFile": "run.env",
      "pytestRecall.cwd": "data",
    }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openTestRow("test_shop.py");

  await workbench.runCommand("Test: Run All Tests");

  await expect(workbench.testRowIn("test_variables", "Passed")).toBeVisible();
  await expect(workbench.testRowIn("test_directory", "Passed")).toBeVisible();
});

test("failed tests run first on demand, and the command line can be copied", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "test_shop.py": "def test_good():\n    pass\n\n\ndef test_bad():\n    pass\n",
    ".pytest_cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",
    ".pytest_cache/v/cache/lastfailed": JSON.stringify({ "test_shop.py::test_bad": true }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("1 failed").waitFor();

  await workbench.runCommand("Pytest Recall: Run Failed First");

  // It does not come forward by itself: nobody who reruns wants to lose the editor's place.
  await workbench.runCommand("Test Results: Focus on Test Results View");
  await expect(workbench.testOutput).toContainText("rerun previous 1 failure first");
  await workbench.runCommand("Pytest Recall: Copy Command Line of Last Run");
  await expect(workbench.statusBarItem("The command line of the last run is copied")).toBeVisible();
  await workbench.screenshot("failed-first");
});
