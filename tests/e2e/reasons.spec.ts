import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

const tests = `
import pytest

from helpers import check


@pytest.fixture
def till():
    raise RuntimeError("the till is locked")


@pytest.mark.skip(reason="needs a network")
def test_orders():
    pass


@pytest.mark.xfail(reason="rounding is not decided")
def test_rounds():
    assert round(2.5) == 3


def test_pays(till):
    pass


def test_counts():
    check({"penny": 2})
`.trimStart();

test("each result says why, and leads to its place", async ({ workbench, project }) => {
  // It goes a long way.
  test.slow();
  writeFiles(project, {
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "helpers.py": 'def check(coins):\n    assert coins == {"penny": 1}\n',
    "test_shop.py": tests,
    "test_later.py": "def test_later():\n    pass\n",
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openTestRow("test_shop.py");
  await workbench.openTestRow("test_later.py");

  await workbench.runCommand("Test: Run All Tests");

  await expect(workbench.testRowIn("test_counts", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_pays", "Errored")).toBeVisible();
  await expect(workbench.testRowIn("test_orders", "Skipped")).toBeVisible();
  await expect(workbench.testRowIn("test_rounds", "Skipped")).toBeVisible();

  await workbench.openFile("test_shop.py");
  await expect.poll(() => workbench.endOfLineText(12)).toContain("skipped: needs a network");
  await expect.poll(() => workbench.endOfLineText(17)).toContain("xfailed: rounding is not decided");
  await workbench.runCommand("Test Results: Focus on Test Results View");
  await workbench.resultRow("test_orders").click();
  await expect(workbench.testOutput).toContainText("skipped: needs a network");
  await workbench.screenshot("reasons-skipped");
  await workbench.resultRow("test_pays").click();
  await expect(workbench.resultMessage).toContainText("error in set-up: RuntimeError: the till is locked");
  await workbench.resultRow("test_counts").click();
  await workbench.page.getByRole("button", { name: "Maximize Panel" }).click();
  const frames = workbench.page.locator(".multiCallStackWidget .monaco-list-row");
  await frames.first().locator(".collapse-button").click();
  const frame = frames.and(workbench.page.getByLabel(/check, line 2.*helpers\.py/));
  await expect(frame).toBeVisible();
  await workbench.screenshot("reasons-frames");
  await frame.locator(".actions .action-label").click();
  await expect(workbench.statusBarItem("Ln 2,")).toBeVisible();
  await expect(workbench.page.locator('.tab.active[data-resource-name="helpers.py"]')).toBeVisible();

  writeFiles(project, {
    "test_later.py":
      'import pytest\n\nimport nowhere\n\n\n@pytest.mark.parametrize("n", nowhere.coins)\ndef test_later(n):\n    pass\n',
  });
  await workbench.runTestRow("test_later.py");
  await expect(workbench.testRowIn("test_later.py", "Errored")).toBeVisible();
  await expect(workbench.testRow("test_later")).toBeVisible();
  await workbench.openFile("test_later.py");
  await expect.poll(() => workbench.endOfLineText(3)).toContain("No module named 'nowhere'");
  await workbench.screenshot("reasons-collection");

  await workbench.reload();

  await workbench.statusBarItem("3 failed").waitFor();
  await workbench.openTestExplorer();
  await workbench.openTestRow("test_shop.py");
  await workbench.openTestRow("test_later.py");
  // What does not fail VS Code restores itself, and calls it outdated.
  await expect
    .poll(async () => (await workbench.testRowLabels()).map((label) => label.replace(/, .*$/, "")))
    .toEqual([
      "test_later.py (Errored)",
      "ModuleNotFoundError: No module named 'nowhere' (test_later.py",
      "test_later (Passed)",
      "test_shop.py (Errored)",
      "test_orders (Skipped)",
      "test_rounds (Skipped)",
      "test_pays (Errored)",
      "test_counts (Failed)",
    ]);
  await workbench.openFile("test_later.py");
  await expect.poll(() => workbench.endOfLineText(3)).toContain("No module named 'nowhere'");
  await workbench.openFile("test_shop.py");
  await expect.poll(() => workbench.endOfLineText(8)).toContain("the till is locked");
  await expect.poll(() => workbench.endOfLineText(12)).toContain("skipped: needs a network");
  for (const theme of ["Default Light Modern", "Default High Contrast", "Default High Contrast Light"]) {
    writeFiles(project, { ".vscode/settings.json": JSON.stringify({ "workbench.colorTheme": theme }) });
    await workbench.page.locator(`.monaco-workbench[class*="${classOf(theme)}"]`).waitFor();
    await workbench.screenshot(`reasons-${theme.toLowerCase().replaceAll(" ", "-")}`);
  }
});

/** How VS Code names the kind of a theme in its page. */
function classOf(theme: string): string {
  if (!theme.includes("High Contrast")) return "vs ";
  return theme.endsWith("Light") ? "hc-light" : "hc-black";
}
