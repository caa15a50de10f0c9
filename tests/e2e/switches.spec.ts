import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { projectPython } from "../../extension/scripts/paths.mjs";
import { copySampleRunYesterday, makeTemporaryFolder } from "../../extension/scripts/projects.mjs";
import { startServer } from "../../extension/scripts/server.mjs";
import { testsOfLastRun } from "./cacheFolder.ts";
import { expect, test as base } from "./fixtures.ts";
import { withExtension } from "./otherExtensions.ts";
import { writeFiles } from "./projectFiles.ts";
import { failing, failure } from "./sample.ts";
import { Workbench } from "./workbench.ts";

const PYTHON_TESTING = "python.testing.pytestEnabled";

/** A window with an extension that has the id and the setting of the Python extension. */
const test = base.extend({
  workbench: async ({ page }, use) => {
    const folder = makeTemporaryFolder();
    const properties = {
      [PYTHON_TESTING]: { type: "boolean", default: false, scope: "machine-overridable" },
    };
    const extensions = withExtension(join(folder, "extensions"), "ms-python.python", {
      configuration: { title: "Python", properties },
    });
    const settings = { "pytestRecall.interpreter": projectPython };
    const server = await startServer({ dataDir: join(folder, "data"), settings, extensions });
    await use(new Workbench(page, server.address, join(import.meta.dirname, "screenshots")));
    await server.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  },
});

function settingsOf(project: string): Record<string, unknown> {
  const path = join(project, ".vscode", "settings.json");
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Record<string, unknown>) : {};
}

function set(project: string, settings: Record<string, unknown>): void {
  writeFiles(project, { ".vscode/settings.json": JSON.stringify(settings) });
}

test("beside the Python extension it is asked once who shows the tests, and all of us can be switched off and on", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  set(project, { [PYTHON_TESTING]: true });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  const question = workbench.notification("The Python extension's own pytest support is on");
  await expect(question).toBeVisible();
  await expect(workbench.testRows.first()).toBeVisible();
  await workbench.screenshot("python-question");

  await question.getByRole("button", { name: "Show Only Markers and Panel" }).click();

  // No test of ours is left in the tree or beside a line, and the rest is.
  await expect(workbench.testRows).toHaveCount(0);
  expect(settingsOf(project)).toEqual({ [PYTHON_TESTING]: true, "pytestRecall.testExplorer": false });
  await workbench.openFile(failure.file);
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await expect.poll(() => workbench.ownGlyphLines()).toEqual([failure.line]);
  await workbench.pressRerunKeys();
  await expect.poll(() => testsOfLastRun(project)).toEqual(failing);
  await workbench.statusBarItem("2 failed").waitFor();
  await expect(workbench.testRows).toHaveCount(0);
  await workbench.screenshot("python-markers-only");

  set(project, { [PYTHON_TESTING]: true });
  await expect(workbench.testRow("tests")).toBeVisible();
  await workbench.expandAllTests();
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();

  set(project, { [PYTHON_TESTING]: true, "pytestRecall.enabled": false });
  await expect(workbench.testRows).toHaveCount(0);
  await expect(workbench.statusBarItem("failed")).toBeHidden();
  await expect.poll(() => workbench.ownGlyphLines()).toEqual([]);
  expect(await workbench.endOfLineText(failure.line)).toBe("");
  expect((await workbench.paletteTitles("Pytest Recall: Rerun")).join()).not.toContain("Rerun Last Failed");
  await workbench.screenshot("switched-off");

  set(project, { [PYTHON_TESTING]: true });
  await workbench.statusBarItem("2 failed").waitFor();
  await expect.poll(() => workbench.ownGlyphLines()).toEqual([failure.line]);
  await expect(workbench.testRow("tests")).toBeVisible();

  // The same window anew: the question has been answered.
  await workbench.reload();
  await workbench.statusBarItem("2 failed").waitFor();
  await workbench.openTestExplorer();
  await expect(workbench.testRow("tests")).toBeVisible();
  await expect(question).toBeHidden();
});
