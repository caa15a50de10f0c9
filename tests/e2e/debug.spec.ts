import type { Locator } from "@playwright/test";

import { pluginPython } from "../../extension/scripts/paths.mjs";
import { testsOfLastRun } from "./cacheFolder.ts";
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

/** VS Code unfolds them by itself, unless it is slow. */
async function unfoldLocals(workbench: Workbench): Promise<void> {
  const locals = workbench.page.locator(".debug-variables .monaco-list-row").filter({ hasText: "Locals" });
  await expect(async () => {
    if ((await locals.getAttribute("aria-expanded")) === "false") await locals.click();
    await expect(locals).toHaveAttribute("aria-expanded", "true", { timeout: 3000 });
  }).toPass({ timeout: 60_000 });
}

test("a breakpoint stops a test, and debugging what failed last stops where it is raised", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\naddopts = -p no:randomly\n",
    "test_prices.py": tests.join("\n"),
    ".pytest_cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",
    ".pytest_cache/v/cache/lastfailed": JSON.stringify({ "test_prices.py::test_dear": true }),
    ".vscode/settings.json": JSON.stringify({
      "pytestRecall.interpreter": pluginPython,
      // On a busy machine debugpy would stop again, as at a breakpoint, where variables take it 3 s.
      "pytestRecall.env": { PYDEVD_UNBLOCK_THREADS_ON_VARIABLES_TIMEOUT: "-1" },
    }),
  });
  await workbench.openFolder(project);
  await workbench.statusBarItem("1 failed").waitFor();
  await workbench.openFile("test_prices.py");
  await workbench.goToLine(15);
  await workbench.page.keyboard.press("F9");

  await workbench.runCommand("Test: Debug All Tests");

  await expect(stoppedLine(workbench)).toBeVisible({ timeout: 90_000 });
  await unfoldLocals(workbench);
  await expect(variable(workbench, "pieces")).toContainText("4");
  await expect(workbench.statusBarItem("1/2")).toBeVisible();
  await workbench.screenshot("debug-breakpoint");

  await workbench.page.getByRole("button", { name: /^Stop/ }).click();

  await expect(stoppedLine(workbench)).toBeHidden();
  await expect(workbench.statusBarItem("1 failed")).toBeVisible();
  await expect.poll(() => testsOfLastRun(project)).toEqual(["test_prices.py::test_cheap"]);

  await workbench.goToLine(15);
  await workbench.page.keyboard.press("F9");
  await workbench.pressDebugKeys();

  await expect(stoppedLine(workbench)).toBeVisible({ timeout: 90_000 });
  await unfoldLocals(workbench);
  await expect(variable(workbench, "total")).toContainText("12");
  await expect(workbench.page.locator(".exception-widget")).toContainText("12 is too much");
  await workbench.screenshot("debug-raise");

  await workbench.page.keyboard.press("F5");

  await expect(stoppedLine(workbench)).toBeHidden();
  await expect.poll(() => workbench.endOfLineText(4)).toContain("ValueError: 12 is too much");
  await expect.poll(() => testsOfLastRun(project)).toEqual(["test_prices.py::test_dear"]);
  await workbench.runCommand("Test Results: Focus on Test Results View");
  await expect(workbench.testOutput).toContainText("1 failed");
  await workbench.screenshot("debug-failed");
});
