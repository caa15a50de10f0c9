import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { stockPytest } from "./terminal.ts";
import type { Workbench } from "./workbench.ts";

const shop = (price: number, tax: number): string => `PRICE = ${String(price)}
TAX = ${String(tax)}
FEE = 1
RATE = 1
`;

const checks = (...tests: readonly string[]): string =>
  `import shop\n\n\n${tests.map((body, index) => `def test_${String(index)}():\n    ${body}\n`).join("\n\n")}`;

const files = {
  "pytest.ini": "[pytest]\npythonpath = .\n",
  "shop.py": shop(1, 1),
  "test_a.py": checks("pass", "assert shop.PRICE == 2"),
  "test_b.py": checks("pass", "assert shop.TAX == 3"),
  "test_c.py": checks("assert shop.RATE == 4", "pass"),
  "test_d.py": checks("assert shop.FEE == 5"),
};

/** Wait until the failing line of a file is in sight, with its reason. */
async function isOpened(workbench: Workbench, file: string, line: number, reason: string): Promise<void> {
  await workbench.page
    .locator(`.editor-group-container.active .tab.active[data-resource-name="${file}"]`)
    .waitFor();
  await expect.poll(() => workbench.endOfLineText(line)).toContain(reason);
}

test.beforeEach(async ({ workbench, project }) => {
  writeFiles(project, files);
  await workbench.openFolder(project);
  await workbench.statusBarItem("7 tests").waitFor();
});

test("stepwise goes from failure to failure with every save, and on from where a terminal is", async ({
  workbench,
  project,
}) => {
  await workbench.runCommand("Pytest Recall: Start Stepwise");
  await workbench.statusBarItem("stepwise 2/7").waitFor();
  await isOpened(workbench, "test_a.py", 9, "assert 1 == 2");
  await expect(workbench.statusSentence("stepwise 2/7")).toHaveAccessibleName(
    "Stepwise has stopped at test 2 of 7, test_a.py::test_1: assert 1 == 2. Save a file to rerun it and go on. Click to show it.",
  );
  await workbench.screenshot("stepwise-1-started");

  await workbench.mend({ file: "shop.py", wrong: "PRICE = 1", right: "PRICE = 2" });
  await workbench.statusBarItem("stepwise 4/7").waitFor();
  await isOpened(workbench, "test_b.py", 9, "assert 1 == 3");
  await workbench.screenshot("stepwise-2-saved");

  expect(await stockPytest(project, ["--sw"])).toContain("stepwise: skipping 3 already passed items");
  writeFiles(project, { "shop.py": shop(2, 3) });
  await stockPytest(project, ["--sw"]);
  await workbench.statusBarItem("stepwise 5/7").click();
  await isOpened(workbench, "test_c.py", 4, "failed");

  await workbench.runCommand("Pytest Recall: Stop Stepwise");
  await workbench.statusBarItem("1 failed").waitFor();
  await expect(workbench.statusBarItem("stepwise")).toBeHidden();
});

test("a failure is skipped, a reset comes back to it, and when all pass the mode is over", async ({
  workbench,
  project,
}) => {
  writeFiles(project, { "shop.py": shop(2, 3) });
  await stockPytest(project, ["--sw"]);
  await workbench.runCommand("Pytest Recall: Start Stepwise");
  await workbench.statusBarItem("stepwise 5/7").waitFor();

  await workbench.runCommand("Pytest Recall: Skip Failing Test (Stepwise)");
  await workbench.statusBarItem("stepwise 7/7").waitFor();
  await isOpened(workbench, "test_d.py", 5, "assert 1 == 5");

  await workbench.runCommand("Pytest Recall: Reset Stepwise");
  await workbench.statusBarItem("stepwise 5/7").waitFor();
  await isOpened(workbench, "test_c.py", 5, "assert 1 == 4");

  await workbench.mend({ file: "shop.py", wrong: "RATE = 1", right: "RATE = 4; FEE = 5" });
  await workbench.statusBarItem("stepwise done · 7 passed").waitFor();
  await workbench.statusBarItem(/^\s*7 passed\s*$/).waitFor();
  await workbench.screenshot("stepwise-3-done");
});
