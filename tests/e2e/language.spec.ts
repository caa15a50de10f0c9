import { writeFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";

import { copySampleRunYesterday, runPytest } from "../../extension/scripts/projects.mjs";
import { journals, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { failing, failure } from "./sample.ts";

test("a failed test has a lens that reruns it, a hover, actions and a problem", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  await runPytest(project, ["--lf"]);
  await workbench.openFolder(project);
  await workbench.openFile(failure.file);
  const { page } = workbench;
  const lens = workbench.editor.locator(".codelens-decoration").first();

  await expect(lens).toContainText("failed 2 runs, since");
  await expect(page.getByLabel(/^1 Problem|^2 Problems|2 errors|Errors: 2/u).first()).toBeVisible();

  await workbench.editor.getByText("test_ten_pieces_are_cheaper").first().hover();
  const hover = page.locator(".monaco-hover").filter({ hasText: "median of the run before" });
  await expect(hover).toContainText(failure.reason);
  await workbench.screenshot("language-lens-and-hover");
  await page.keyboard.press("Escape");

  await workbench.goToLine(failure.line);
  await page.keyboard.press("Control+.");
  const menu = page.locator(".context-view");
  await expect(menu.getByText("Forget that test_ten_pieces_are_cheaper failed")).toBeVisible();
  await expect(menu.getByText("Debug test_ten_pieces_are_cheaper")).toBeVisible();
  await expect(menu.getByText("Copy failure")).toBeVisible();
  await workbench.screenshot("language-actions");
  await page.keyboard.press("Escape");
  // A click while it is open would only close it.
  await expect(menu.getByText("Copy failure")).toBeHidden();

  await lens.getByText("Rerun", { exact: true }).click();
  await expect.poll(() => journals(project).length).toBe(3);
  await expect.poll(() => testsOfLastRun(project)).toEqual([failing[1]]);
  await expect(lens).toContainText("failed 3 runs");

  // Each can be switched off, at once.
  mkdirSync(join(project, ".vscode"), { recursive: true });
  const off = {
    "pytestRecall.codeLens": false,
    "pytestRecall.hover": false,
    "pytestRecall.diagnostics": false,
  };
  writeFileSync(join(project, ".vscode", "settings.json"), JSON.stringify(off));
  await expect(lens).toBeHidden();
  await expect(workbench.editor.locator(".squiggly-error")).toHaveCount(0);
});
