import { appendFileSync, existsSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { copyProject, copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { journals } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";

test("opening a folder fills the Test Explorer without running pytest", async ({ workbench, project }) => {
  copyProject("sample", project);
  const imported = join(project, "imported");
  appendFileSync(join(project, "tests", "conftest.py"), `\nopen(${JSON.stringify(imported)}, "w").close()\n`);

  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();

  await expect(workbench.testRow("test_prices.py")).toBeVisible();
  await expect(workbench.testRow("TestBulkDiscount")).toBeVisible();
  await expect(workbench.testRow("test_ten_pieces_are_cheaper")).toBeVisible();
  await expect(workbench.testRow("test_a_cart_adds_up_its_articles")).toBeVisible();
  expect(existsSync(imported), "the project was imported").toBe(false);
  expect(journals(project)).toEqual([]);
  await workbench.screenshot("1-explorer");
});

test("files with failures come first, then new tests, then the newest change", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  const hour = 3600;
  const now = Date.now() / 1000;
  utimesSync(join(project, "tests", "test_discounts.py"), now, now - 3 * hour);
  utimesSync(join(project, "tests", "test_prices.py"), now, now - hour);

  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.expandAllTests();

  await expect
    .poll(async () =>
      (await workbench.testRowLabels())
        .filter((label) => label.includes(".py"))
        .map((label) => label.split(" ")[0]),
    )
    .toEqual(["test_cart.py", "test_discounts.py", "test_vouchers.py", "test_prices.py"]);
  await workbench.screenshot("5-order");
});
