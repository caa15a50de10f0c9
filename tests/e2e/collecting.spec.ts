import { lastFailed } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

const GENERATED = `\
def pytest_generate_tests(metafunc):
    metafunc.parametrize("coin", ["penny", "pound"])


def test_coin(coin):
    raise RuntimeError("no test may run")
`;

test("what parsing cannot see is collected on demand, and a broken file says why", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "test_coins.py": GENERATED,
    "test_broken.py": "import nowhere\n\n\ndef test_a():\n    pass\n",
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRow("test_coin")).toBeVisible();
  await expect(workbench.testRow("[penny]")).toBeHidden();

  await workbench.runCommand("Pytest Recall: Collect Tests");

  await expect(workbench.statusBarItem("2 tests collected, 1 error")).toBeVisible();
  await workbench.openTestRow("test_coin");
  await expect(workbench.testRow("[penny]")).toBeVisible();
  await expect(workbench.testRow("[pound]")).toBeVisible();
  await expect(workbench.page.locator(".test-explorer")).toContainText("No module named 'nowhere'");
  expect(lastFailed(project)).toEqual([]);
  await workbench.screenshot("collected");
});

test("a folder that asks for it is collected when it is opened", async ({ workbench, project }) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\n",
    "test_coins.py": GENERATED,
    ".vscode/settings.json": JSON.stringify({ "pytestRecall.collectOnOpen": true }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();

  await workbench.openTestRow("test_coins.py");
  await workbench.openTestRow("test_coin");

  await expect(workbench.testRow("[pound]")).toBeVisible();
});

test("a result is outdated once its test has changed, until it runs again", async ({
  workbench,
  project,
}) => {
  const text = "def test_a():\n    assert 1\n\n\ndef test_b():\n    assert 2\n";
  writeFiles(project, { "pytest.ini": "[pytest]\n", "test_some.py": text });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await workbench.runCommand("Test: Run All Tests");
  await expect(workbench.testRowIn("test_a", "Passed")).toBeVisible();

  writeFiles(project, { "test_some.py": text.replace("assert 1", "assert 3") });

  await expect(workbench.testRow("test_a")).toHaveAttribute("aria-label", /outdated/);
  await expect(workbench.testRow("test_b")).not.toHaveAttribute("aria-label", /outdated/);
  await workbench.screenshot("outdated");
  await workbench.runTestRow("test_a");
  await expect(workbench.testRow("test_a")).not.toHaveAttribute("aria-label", /outdated/);
});
