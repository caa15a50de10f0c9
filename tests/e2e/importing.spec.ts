import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { copyProject } from "../../extension/scripts/projects.mjs";
import { journals, lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";

const ID = "tests/test_discounts.py::TestBulkDiscount::test_ten_pieces_are_cheaper";
const FILE = "tests/test_discounts.py";
const LINE = 13;
/** What CI says of the sample, where it has other tests too. */
const REPORT = `<?xml version="1.0" encoding="utf-8"?>
<testsuites name="pytest tests"><testsuite name="pytest" timestamp="2026-11-20T10:00:00+00:00">
<testcase classname="tests.test_prices" name="test_every_article_has_a_price" time="0.001" />
<testcase classname="tests.test_discounts.TestBulkDiscount" name="test_ten_pieces_are_cheaper" time="0.002">
<failure message="assert 0 == 1500">
    def test_ten_pieces_are_cheaper(self):
        discount = bulk_discount(10, 10000)

&gt;       assert discount == 1500
E       assert 0 == 1500

/home/runner/work/shop/shop/tests/test_discounts.py:13: AssertionError</failure></testcase>
<testcase classname="tests.test_gone" name="test_gone" time="0.001"><failure message="x">x</failure></testcase>
</testsuite></testsuites>
`;

test("failures of CI are imported, shown with their reasons, and rerun", async ({ workbench, project }) => {
  const report = join(tmpdir(), `pytest-recall-${String(process.pid)}-junit.xml`);
  writeFileSync(report, REPORT);
  copyProject("sample", project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.runCommand("Pytest Recall: Import Failures…");
  await expect(workbench.quickPickRow("Clipboard")).toBeVisible();
  await workbench.screenshot("import-source");
  await workbench.quickPickRow("Files…").click();
  const input = workbench.page.locator(".quick-input-widget .quick-input-box input");
  await expect(input).toHaveValue(/\//);
  // The dialog puts its folder in once more when it has read what is there.
  await expect(async () => {
    await input.fill(report);
    await input.press("Enter");
    await workbench.quickPickRow("Make Them the Last Failed Tests").waitFor({ timeout: 10_000 });
  }).toPass();
  await workbench.screenshot("import-into");
  await workbench.quickPickRow("Make Them the Last Failed Tests").click();

  const notification = workbench.notification(/1 failure of 2 tests imported from .*junit\.xml/);
  await notification.waitFor();
  expect(lastFailed(project)).toEqual([ID]);
  await workbench.statusBarItem("1 failed").waitFor();
  await notification.getByRole("button", { name: "Show Details" }).click();
  await expect
    .poll(async () => [...(await workbench.editorLines()).values()].join("\n"))
    .toContain("tests.test_gone::test_gone (failed)");
  await workbench.screenshot("import-details");
  await workbench.openFile(FILE);
  await expect.poll(() => workbench.endOfLineText(LINE)).toContain("assert 0 == 1500");
  await workbench.screenshot("import-failure");

  await workbench.runCommand("Pytest Recall: Rerun Last Failed");

  await expect.poll(() => journals(project).length).toBe(2);
  await expect.poll(() => testsOfLastRun(project)).toEqual([ID]);
  await workbench.statusBarItem("1 failed · 14 new").waitFor();
  await workbench.screenshot("import-rerun");
});
