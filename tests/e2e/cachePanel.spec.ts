import { copySampleRunYesterday, runPytest } from "../../extension/scripts/projects.mjs";
import { lastFailed } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { failing } from "./sample.ts";

test.beforeEach(async ({ workbench, project }) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.openCachePanel();
});

test("the panel lists every key with its value and refreshes by itself", async ({ workbench, project }) => {
  await expect(workbench.cacheRow("cache/nodeids")).toBeVisible();
  await workbench.expandCacheRow("cache/lastfailed");
  for (const id of failing) await expect(workbench.cacheRow(id)).toBeVisible();
  await workbench.screenshot("6-panel");

  writeFiles(project, { "tests/test_more.py": "def test_more():\n    assert not 1\n" });
  await runPytest(project, ["tests/test_more.py"]);
  await expect(workbench.cacheRow("tests/test_more.py::test_more")).toBeVisible();

  writeFiles(project, { "tests/test_more.py": "def test_more():\n    pass\n" });
  await runPytest(project, ["tests/test_more.py"]);
  await expect(workbench.cacheRow("tests/test_more.py::test_more")).toBeHidden();
  for (const id of failing) await expect(workbench.cacheRow(id)).toBeVisible();
});

test("a value opens as JSON", async ({ workbench }) => {
  await workbench.cacheRow("cache/lastfailed").hover();
  await workbench.cacheRow("cache/lastfailed").getByLabel("Open Value as JSON").click();

  await expect
    .poll(async () => [...(await workbench.editorLines()).values()].join("\n"))
    .toContain(failing[1]);
});

test("the cache is cleared only after asking", async ({ workbench, project }) => {
  await workbench.pressViewButton("Clear Cache", workbench.dialogButton("Cancel"));
  await workbench.dialogButton("Cancel").click();
  expect(lastFailed(project)).toEqual(failing);

  await workbench.pressViewButton("Clear Cache", workbench.dialogButton("Clear Cache"));
  await workbench.screenshot("6-clear");
  await workbench.dialogButton("Clear Cache").click();

  await expect.poll(() => lastFailed(project)).toEqual([]);
  await workbench.statusBarItem(/^\s*15 tests\s*$/).waitFor();
  await expect(workbench.statusBarItem("failed")).toBeHidden();
});
