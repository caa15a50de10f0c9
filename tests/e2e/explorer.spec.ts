import { appendFileSync, existsSync, utimesSync } from "node:fs";
import { join } from "node:path";

import { copyProject, copySampleRunYesterday, runPytest } from "../../extension/scripts/projects.mjs";
import { journals } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";

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

const tagged = `
import time

import pytest


def test_fails():
    assert 1 == 2


def test_naps():
    time.sleep(0.4)


@pytest.mark.network
class TestShop:
    def test_opens(self):
        pass

    @pytest.mark.slow
    def test_sells(self):
        pass
`.trimStart();

test("the filter finds tests by state and by mark, and offers all of these", async ({
  workbench,
  project,
}) => {
  writeFiles(project, {
    "pytest.ini": "[pytest]\nmarkers =\n    network\n    slow\n",
    "test_shop.py": tagged,
    ".vscode/settings.json": JSON.stringify({ "pytestRecall.slowAfter": 0.3 }),
  });
  await runPytest(project, []);
  writeFiles(project, { "test_new.py": "def test_fresh():\n    pass\n" });
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("1 failed").waitFor();
  await workbench.expandAllTests();
  const found = async (filter: string): Promise<readonly string[]> => {
    await workbench.filterTests(filter);
    await expect.poll(() => workbench.testRowLabels()).not.toHaveLength(0);
    return (await workbench.testRowLabels()).map((label) => label.split(" ")[0] ?? "");
  };
  const shows = (filter: string, rows: readonly string[]): Promise<void> =>
    expect.poll(() => found(filter), { message: filter }).toEqual(rows);

  await shows("@pytestRecall:failed", ["test_shop.py", "test_fails"]);
  await shows("@pytestRecall:new", ["test_new.py", "test_fresh"]);
  await shows("@pytestRecall:slow", ["test_shop.py", "test_naps"]);
  await shows("@pytestRecall:mark.slow", ["test_shop.py", "TestShop", "test_sells"]);
  await shows("@pytestRecall:mark.network", ["test_shop.py", "TestShop", "test_opens", "test_sells"]);
  await shows("@pytestRecall:mark.network opens", ["test_shop.py", "TestShop", "test_opens"]);
  await shows("!@pytestRecall:mark.network !@pytestRecall:new", ["test_shop.py", "test_fails", "test_naps"]);

  // What the filter holds already is not offered.
  await workbench.filterTests("");
  await workbench.testRow("test_opens").waitFor();
  await workbench.typeIntoTestFilter("@pytestRecall:");
  const offers = workbench.page.locator(".suggest-widget .monaco-list-row");
  await expect(offers.filter({ hasText: "@pytestRecall:mark.network" })).toBeVisible();
  await workbench.screenshot("explorer-filter-offers");
});

/** In the page: note each row that is there now and is missing at any later moment. */
function watchRows(): void {
  const names = (): string[] =>
    [...document.querySelectorAll(".test-explorer .monaco-list-row")].map(
      (row) => row.getAttribute("aria-label")?.split(" (")[0] ?? "",
    );
  const before = names();
  const missing: string[] = [];
  Object.assign(globalThis, { missing, watched: before });
  const tree = document.querySelector(".test-explorer");
  if (tree === null) throw new Error("there is no tree");
  new MutationObserver(() => {
    const now = names();
    missing.push(...before.filter((name) => !now.includes(name)));
  }).observe(tree, { subtree: true, childList: true, attributes: true });
}

test("no row goes and comes back while all is told anew", async ({ workbench, project }) => {
  copyProject("sample", project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("15 tests").waitFor();
  await workbench.expandAllTests();
  await workbench.page.evaluate(watchRows);

  await workbench.runCommand("Test: Run All Tests");
  await workbench.statusBarItem("2 failed").waitFor();
  await workbench.runCommand("Pytest Recall: Restart Server");
  // Its row says that the new server has told all.
  writeFiles(project, { "tests/test_added.py": "def test_added():\n    pass\n" });
  await workbench.testRow("test_added.py").waitFor();

  const seen = await workbench.page.evaluate(() => {
    const { missing, watched } = globalThis as unknown as { missing: string[]; watched: string[] };
    return { missing, watched: watched.length };
  });
  expect(seen.watched).toBeGreaterThan(10);
  expect(seen.missing).toEqual([]);
});
