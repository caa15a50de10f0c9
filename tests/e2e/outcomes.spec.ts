import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

const tests = `
import pytest


@pytest.fixture
def connection():
    yield
    raise RuntimeError("the connection was closed already")


def test_teardown(connection):
    pass


def test_subtests(subtests):
    with subtests.test("pennies"):
        assert 1 + 1 == 3
    with subtests.test("pounds"):
        pass


@pytest.mark.skipif(False, reason="runs everywhere")
def test_skipif():
    print("counting coins")
    assert len("penny") > 6


def test_good():
    print("all coins are here")
`.trimStart();

test("what any part of a test says counts, and what it printed is shown with it", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "test_shop.py": tests,
    ".vscode/settings.json": JSON.stringify({ "pytestRecall.outputOfPassedTests": true }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openTestRow("test_shop.py");

  await workbench.runCommand("Test: Run All Tests");

  await expect(workbench.testRowIn("test_teardown", "Errored")).toBeVisible();
  await expect(workbench.testRowIn("test_subtests", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_skipif", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_good", "Passed")).toBeVisible();
  await workbench.runCommand("Test Results: Focus on Test Results View");
  await expect(workbench.testOutput).toContainText("passed");
  await workbench.screenshot("outcomes");
  await workbench.resultRow("test_good").click();
  await expect(workbench.testOutput).toContainText("all coins are here");
  await expect(workbench.testOutput).not.toContainText("test session starts");
  await workbench.screenshot("outcomes-output-of-passed");
  await workbench.resultRow("test_skipif").click();
  await expect(workbench.resultMessage).toContainText("counting coins");
  await workbench.screenshot("outcomes-output-of-failed");
});
