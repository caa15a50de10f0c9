import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { ensureClick } from "../../extension/scripts/projects.mjs";
import { journals, lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

/** What click's join_options gives back, right and broken. */
const right = 'return ", ".join(x[1] for x in rv), any_prefix_is_slash';
const broken = 'return "; ".join(x[1] for x in rv), any_prefix_is_slash';
const library = "src/click/formatting.py";

/** A test of click that the broken function fails, and the file it stands in. */
const witness = "test_option_help_preserve_paragraphs";
const witnessFile = "tests/test_options.py";

test("click: all tests, a bug, its failures again and only those, the mend, and nothing is left", async ({
  workbench,
  project,
}) => {
  test.setTimeout(420_000);
  cpSync(await ensureClick(), project, { recursive: true });
  writeFiles(project, {
    // The sources are imported from where they lie, as click's own set-up does by installing them.
    ".vscode/settings.json": JSON.stringify({ "pytestRecall.args": ["-o", "pythonpath=src"] }),
  });
  const replace = (from: string, to: string): void => {
    const text = readFileSync(join(project, library), "utf8");
    expect(text).toContain(from);
    writeFileSync(join(project, library), text.replace(from, to));
  };
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await expect(workbench.testRow("tests")).toBeVisible();

  await workbench.runCommand("Test: Run All Tests");
  await expect.poll(() => testsOfLastRun(project).length, { timeout: 120_000 }).toBeGreaterThan(2000);
  await expect(workbench.testRowIn("tests", "Passed")).toBeVisible();
  expect(lastFailed(project)).toEqual([]);
  await workbench.statusBarItem(/\d+ passed/).waitFor();
  await workbench.screenshot("click-1-all");

  replace(right, broken);
  await workbench.runCommand("Test: Run All Tests");
  await expect.poll(() => journals(project).length).toBe(2);
  await expect.poll(() => testsOfLastRun(project).length, { timeout: 120_000 }).toBeGreaterThan(2000);
  const failures = lastFailed(project);
  expect(failures).toContain(`${witnessFile}::${witness}`);
  await workbench.statusBarItem(`${String(failures.length)} failed`).waitFor();
  await workbench.openFile(witnessFile);
  await workbench.goToLine(failingLine(join(project, witnessFile)));
  await expect.poll(() => workbench.ownGlyphLines()).not.toEqual([]);
  await workbench.screenshot("click-2-broken");

  await workbench.runCommand("Pytest Recall: Rerun Last Failed");
  await expect.poll(() => journals(project).length).toBe(3);
  await expect.poll(() => testsOfLastRun(project), { timeout: 60_000 }).toEqual(failures);
  expect(lastFailed(project)).toEqual(failures);

  replace(broken, right);
  await workbench.runCommand("Pytest Recall: Rerun Last Failed");
  await expect.poll(() => journals(project).length).toBe(4);
  await expect.poll(() => testsOfLastRun(project), { timeout: 60_000 }).toEqual(failures);
  await workbench.statusBarItem(/\d+ passed/).waitFor();
  await expect(workbench.statusBarItem("failed")).toBeHidden();
  await expect.poll(() => workbench.ownGlyphLines()).toEqual([]);
  await expect(workbench.testRowIn("tests", "Passed")).toBeVisible();
  expect(lastFailed(project)).toEqual([]);
  await workbench.screenshot("click-3-mended");
});

/** The number (1-based) of the line on which the witness fails: its last assertion. */
function failingLine(file: string): number {
  const lines = readFileSync(file, "utf8").split("\n");
  const start = lines.findIndex((line) => line.startsWith(`def ${witness}(`));
  const length = lines.slice(start + 1).findIndex((line) => /^\S/.test(line));
  const body = lines.slice(start, start + 1 + length);
  return start + body.map((line) => line.startsWith("    assert ")).lastIndexOf(true) + 1;
}
