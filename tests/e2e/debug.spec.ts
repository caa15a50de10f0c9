import type { Locator } from "@playwright/test";

import { pluginPython } from "../../extension/scripts/paths.mjs";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import type { Workbench } from "./workbench.ts";

const tests = [
  "def price(pieces):",
  "    total = pieces * 3",
  "    if total > 6:",
  '        raise ValueError(f"{total} is too much")',
  "    return total",
  "",
  "",
  "def test_cheap():",
  "    paid = price(2)",
  "    assert paid == 6",
  "",
  "",
  "def test_dear():",
  "    pieces = 4",
  "    assert price(pieces) == 12",
  "",
];

/** The line on which the debugger stands, in the active editor. */
function stoppedLine(workbench: Workbench): Locator {
  return workbench.editor.locator(".debug-top-stack-frame-line");
}

function variable(workbench: Workbench, text: string): Locator {
  return workbench.page.locator(".debug-variables .monaco-list-row").filter({ hasText: text });
}

test.beforeEach(async ({ workbench, project }) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\naddopts = -p no:randomly\n",
    "test_prices.py": tests.join("\n"),
    ".vscode/settings.json": JSON.stringify({ "pytestRecall.interpreter": pluginPython }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openTestRow("test_prices.py");
});

test("a breakpoint stops a test, and stopping there keeps what has finished", async ({ workbench }) => {
  await workbench.openFile("test_prices.py");
  await workbench.goToLine(14);
  await workbench.page.keyboard.press("F9");

  await workbench.runCommand("Test: Debug All Tests");

  await expect(stoppedLine(workbench).first()).toBeVisible({ timeout: 60_000 });
  await expect(variable(workbench, "pieces").first()).toBeVisible();
  await workbench.screenshot("debug-breakpoint");
});
