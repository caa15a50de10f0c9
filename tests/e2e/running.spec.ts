import { copyProject } from "../../extension/scripts/projects.mjs";
import { testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { failure } from "./sample.ts";

test.beforeEach(async ({ workbench, project }) => {
  copyProject("sample", project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
});

test("results stream in while pytest runs", async ({ workbench, project }) => {
  const tests = [
    "import pathlib, time",
    "",
    "",
    "def test_quick():",
    "    pass",
    "",
    "",
    "def test_waits():",
  ];
  const wait = '    while not pathlib.Path("go").exists():\n        time.sleep(0.05)\n';
  writeFiles(project, { "tests/test_stream.py": `${tests.join("\n")}\n${wait}` });
  await workbench.openTestRow("test_stream.py");

  await workbench.runTestRow("test_stream.py");

  // VS Code tells a row's new state to screen readers only later; the time it took is drawn at once.
  await expect(workbench.testRow("test_quick")).toContainText(/\dms/);
  await expect(workbench.testRow("test_waits")).not.toContainText(/\dms/);
  await expect(workbench.statusSentence("1/2")).toHaveAccessibleName(
    "pytest is running: 1 of 2 tests done, 0 failed. Click to show the tests.",
  );
  await workbench.screenshot("2-streaming");
  writeFiles(project, { go: "" });
  await expect(workbench.testRowIn("test_waits", "Passed")).toBeVisible();
  await expect.poll(() => testsOfLastRun(project).length).toBe(2);
});

test("all tests run, with results in the tree and coloured output", async ({ workbench, project }) => {
  await workbench.runCommand("Test: Run All Tests");

  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await expect(workbench.testRowIn("test_twenty_pieces_are_cheaper", "Passed")).toBeVisible();
  await expect.poll(() => testsOfLastRun(project).length).toBe(15);
  await workbench.showTestResults();
  await expect(workbench.testOutput).toContainText("2 failed");
  await expect(workbench.colouredOutput.first()).toBeVisible();
  await workbench.screenshot("2-run-all");
});

for (const { what, label, count } of [
  { what: "a folder", label: "checkout", count: 3 },
  { what: "a file", label: "test_discounts.py", count: 5 },
  { what: "a class", label: "TestBulkDiscount", count: 3 },
  { what: "a test", label: "test_ten_pieces_are_cheaper", count: 1 },
]) {
  test(`${what} runs from its row`, async ({ workbench, project }) => {
    await workbench.runTestRow(label);

    await expect.poll(() => testsOfLastRun(project).length).toBe(count);
    await expect(workbench.testRow(label)).toHaveAttribute("aria-label", /\(Failed\)/);
  });
}

test("a test runs from the gutter and shows its failure on the failing line", async ({
  workbench,
  project,
}) => {
  await workbench.openFile(failure.file);
  await workbench.clickGutter(10);

  await expect.poll(() => testsOfLastRun(project).length).toBe(1);
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain("assert 0 == 1500");
  await workbench.runCommand("Test: Peek Output");
  await expect(workbench.page.locator(".test-output-peek .monaco-diff-editor")).toContainText("1500");
  await workbench.screenshot("2-expected-and-actual");
});
