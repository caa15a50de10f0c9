import type { Locator } from "@playwright/test";

import { pluginPython } from "../../extension/scripts/paths.mjs";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import type { Workbench } from "./workbench.ts";

const shop = `def price(pieces):
    if pieces > 3:
        return 1
    return 2


def unused():
    return 5
`;
const tests = `import shop


def test_few():
    assert shop.price(1) == 2


def test_name():
    assert shop.__name__ == "shop"
`;

test("a run with coverage shows files, lines, branches, and what a single test has run", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\naddopts = -p no:randomly\n",
    "shop.py": shop,
    "test_shop.py": tests,
    ".vscode/settings.json": JSON.stringify({
      "pytestRecall.interpreter": pluginPython,
      "pytestRecall.coveragePerTest": true,
    }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openFile("shop.py");
  await workbench.openTestRow("test_shop.py");
  await workbench.testRow("test_name").hover();
  await workbench.testRow("test_name").getByRole("button", { name: "Run Test with Coverage" }).click();

  await expect(coverageRow(workbench, "shop.py")).toContainText("25.00%");
  await expect.poll(() => coveredLines(workbench)).toEqual({ hit: [1, 7], missed: [2, 3, 4, 8] });

  await workbench.runCommand("Pytest Recall: Run with Coverage");

  await expect(coverageRow(workbench, "shop.py")).toContainText("62.50%");
  await expect(coverageRow(workbench, "test_shop.py")).toContainText("100.00%");
  await expect.poll(() => coveredLines(workbench)).toEqual({ hit: [1, 2, 4, 7], missed: [2, 3, 8] });
  await workbench.runCommand("Test: Toggle Inline Coverage");
  await expect(workbench.editor.locator(".coverage-deco-branch-miss-indicator")).toBeVisible();
  await workbench.screenshot("coverage");
  await workbench.runCommand("Test: Filter Coverage by Test");
  await workbench.quickPickRow("test_few").click();
  await expect.poll(() => coveredLines(workbench)).toEqual({ hit: [2, 4], missed: [] });
  await workbench.screenshot("coverage-of-a-test");
});

/** The row of a file in the Test Coverage view. */
function coverageRow(workbench: Workbench, name: string): Locator {
  const rows = workbench.page.locator(".part.sidebar .monaco-list-row").filter({ hasText: "%" });
  return rows.filter({ has: workbench.page.getByText(name, { exact: true }) });
}

/** The lines of the active editor that VS Code colours in the gutter; those with a missed branch are both. */
async function coveredLines(workbench: Workbench): Promise<Record<"hit" | "missed", readonly number[]>> {
  const lines = async (kind: string): Promise<readonly number[]> => {
    const texts = await workbench.editor.locator(`.line-numbers.coverage-deco-${kind}`).allInnerTexts();
    return texts.map(Number).sort((one, other) => one - other);
  };
  return { hit: await lines("hit"), missed: await lines("miss") };
}
