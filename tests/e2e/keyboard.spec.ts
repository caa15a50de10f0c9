import type { Page } from "@playwright/test";

import { runPytest } from "../../extension/scripts/projects.mjs";
import { lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

const till = "def test_counts():\n    assert 3 == 4\n";
const shop = "def test_opens():\n    pass\n\n\ndef test_sells():\n    assert 1 == 2\n";

/** Run a command by its title, with nothing but keys. */
async function command(page: Page, title: string): Promise<void> {
  const offered = page.locator(".quick-input-list .monaco-list-row.focused");
  await expect(async () => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("F1");
    await page.keyboard.type(title);
    await expect(offered).toContainText(title, { timeout: 3000 });
  }).toPass();
  await page.keyboard.press("Enter");
}

test("without a mouse: a failure is found, opened, explained, run, forgotten, and the next one reached", async ({
  workbench,
  project,
}) => {
  test.slow();
  // The file that was written last comes first.
  writeFiles(project, { "pytest.ini": "[pytest]\n", "test_till.py": till });
  writeFiles(project, { "test_shop.py": shop });
  await runPytest(project, []);
  await workbench.openFolder(project);
  const { page } = workbench;
  const { keyboard } = page;
  const focusedRow = page.locator(".monaco-list:focus-within .monaco-list-row.focused");
  const isOn = (label: RegExp): Promise<void> => expect(focusedRow).toHaveAttribute("aria-label", label);
  const isInFile = (name: string, line: number): Promise<void> =>
    expect(async () => {
      await expect(page.locator(`.tab.active[data-resource-name="${name}"]`)).toBeVisible();
      expect(await workbench.cursorLine()).toBe(line);
    }).toPass({ timeout: 60_000 });
  // VS Code gives the focus to the frame of a view that has no rows yet; the second time it has.
  const focusFirst = (title: string, label: RegExp, ...keys: readonly string[]): Promise<void> =>
    expect(async () => {
      await command(page, title);
      for (const key of [...keys, "Home"]) await keyboard.press(key);
      await expect(focusedRow).toHaveAttribute("aria-label", label, { timeout: 2000 });
    }).toPass({ timeout: 60_000 });
  await workbench.statusBarItem("2 failed").waitFor();

  await test.step("the Test Explorer is walked through, and a test opened and run from it", async () => {
    // From the filter to the rows below it.
    const down = "Control+ArrowDown";
    await focusFirst("Testing: Focus on Test Explorer View", /^test_shop\.py \(Failed\)/, down);
    await keyboard.press("ArrowRight");
    await workbench.testRow("test_sells").waitFor();
    for (const row of [/^test_opens \(/, /^test_sells \(Failed\)/]) {
      await keyboard.press("ArrowDown");
      await isOn(row);
    }
    // VS Code opens a failed test where it failed.
    await keyboard.press("Enter");
    await isInFile("test_shop.py", 6);
    await command(page, "View: Focus Active Editor Group");
    for (const key of ["Control+;", "c"]) await keyboard.press(key);
    await expect.poll(() => testsOfLastRun(project)).toEqual(["test_shop.py::test_sells"]);
    await workbench.statusBarItem("2 failed").waitFor();
  });

  await test.step("the keys of the next failure go through the files, and those of the rerun run all", async () => {
    await workbench.pressNextFailureKeys();
    await isInFile("test_till.py", 2);
    await workbench.screenshot("keyboard-next");
    await workbench.pressNextFailureKeys();
    await isInFile("test_shop.py", 6);
    await workbench.pressRerunKeys();
    await expect
      .poll(() => [...testsOfLastRun(project)].sort())
      .toEqual(["test_shop.py::test_sells", "test_till.py::test_counts"]);
    await workbench.statusBarItem("2 failed").waitFor();
  });

  await test.step("a failing line offers its actions at Ctrl+.", async () => {
    await command(page, "View: Focus Active Editor Group");
    await keyboard.press("Control+.");
    await expect(page.locator(".action-widget").first()).toContainText("Rerun");
    await workbench.screenshot("keyboard-actions");
    await keyboard.press("Escape");
  });

  await test.step("a row of Up Next is opened with Enter, and its menu runs the test", async () => {
    const first = /^1 of 2, test_sells, failed in its last run/;
    await focusFirst("Pytest Recall: Show What Runs Next", first);
    await keyboard.press("ArrowDown");
    await isOn(/^2 of 2, test_counts/);
    await keyboard.press("Enter");
    await isInFile("test_till.py", 1);
    await workbench.screenshot("keyboard-up-next");
    await focusFirst("Pytest Recall: Show What Runs Next", first);
    await keyboard.press("ArrowDown");
    const inMenu = page.locator(".monaco-menu .action-item.focused");
    await expect(async () => {
      // The last row, wherever an earlier try has led.
      for (const key of ["Escape", "End", "Shift+F10"]) await keyboard.press(key);
      await page.locator(".monaco-menu").first().waitFor({ timeout: 2000 });
      await keyboard.press("Home");
      await expect(inMenu).toContainText("Run Test", { timeout: 2000 });
    }).toPass({ timeout: 60_000 });
    await keyboard.press("Enter");
    await expect.poll(() => testsOfLastRun(project)).toEqual(["test_till.py::test_counts"]);
    await workbench.statusBarItem("2 failed").waitFor();
  });

  await test.step("a key of the cache is unfolded, and deleted after a question", async () => {
    await focusFirst("Pytest Recall: Show Cache", /^cache\/lastfailed/);
    await keyboard.press("Delete");
    await page.locator(".monaco-dialog-box").waitFor();
    await workbench.screenshot("keyboard-delete");
    await keyboard.press("Enter");
    await expect.poll(() => lastFailed(project)).toEqual([]);
  });
});
