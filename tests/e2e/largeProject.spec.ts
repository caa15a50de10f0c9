import { expect, test } from "./fixtures.ts";
import { lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { writeFiles } from "./projectFiles.ts";

const FILES = 1200;
const TEN = Array.from({ length: 10 }, (_, number) => `def test_${String(number)}():\n    assert True\n`);
const FAILING = "pkg_07/test_0607.py";
const MANY = 150;

/** 12,000 tests, one of which failed in an earlier run, and one with 150 parameters. */
test.beforeEach(async ({ workbench, project }) => {
  const files = Array.from({ length: FILES }, (_, number): [string, string] => [
    `pkg_${String(number % 20).padStart(2, "0")}/test_${String(number).padStart(4, "0")}.py`,
    TEN.join("\n\n"),
  ]);
  const broken = TEN.join("\n\n").replace("assert True", "assert 1 == 2");
  writeFiles(project, {
    ...Object.fromEntries(files),
    "pytest.ini": "[pytest]\n",
    [FAILING]: broken,
    "pkg_07/test_many.py": `import pytest\n\n\n@pytest.mark.parametrize("n", range(${String(MANY)}))\ndef test_n(n):\n    assert n < 149\n`,
    ".pytest_cache/CACHEDIR.TAG": "Signature: 8a477f597d28d172789f06886806bc55\n",
    ".pytest_cache/v/cache/lastfailed": JSON.stringify({ [`${FAILING}::test_0`]: true }),
  });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  // It counts once all files are there.
  await workbench.statusBarItem("1 failed").waitFor();
});

test("of a project of 12,000 tests the failure is there at once, and the rest where somebody looks", async ({
  workbench,
}) => {
  await workbench.filterTests("@pytestRecall:failed");
  await expect(workbench.testRow("pkg_03")).toBeHidden();
  await workbench.openTestRow("pkg_07");
  await workbench.openTestRow("test_0607.py");
  await expect(workbench.testRowIn("test_0", "Failed")).toBeVisible();
  await expect(workbench.testRows).toHaveCount(3);
  await workbench.screenshot("large-filter");
  await workbench.filterTests("");
  await expect(workbench.testRowIn("test_0", "Failed")).toBeVisible();
  await expect(workbench.testRow("test_1").first()).toBeVisible();
  await workbench.screenshot("large-failure");

  await workbench.openTestRow("test_many.py");
  await workbench.openTestRow("test_n");
  await expect(workbench.testRow("[0]")).toBeVisible();
  await workbench.screenshot("large-unfolded");

  await workbench.openFile("pkg_03/test_0003.py");
  await expect.poll(async () => (await workbench.gutterGlyphs()).map(({ line }) => line)).toContain(5);
});

test("a file that nobody has unfolded runs, and shows what failed in it", async ({ workbench, project }) => {
  await workbench.openTestRow("pkg_07");
  await workbench.runTestRow("test_many.py");

  await expect.poll(() => testsOfLastRun(project).length).toBe(MANY);
  await workbench.openTestRow("test_many.py");
  await workbench.openTestRow("test_n");
  await expect.poll(() => lastFailed(project)).toContain("pkg_07/test_many.py::test_n[149]");
  await workbench.filterTests("@failed");
  await expect(workbench.testRowIn("[149]", "Failed")).toBeVisible();
  await expect(workbench.testRow("[0]")).toBeHidden();
  await workbench.screenshot("large-run");
});
