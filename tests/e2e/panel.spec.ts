import { copySampleRunYesterday, runPytest } from "../../extension/scripts/projects.mjs";
import { journals, lastFailed, testsOfLastRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { bug, failing, failure } from "./sample.ts";
import { rowLabels } from "./workbench.ts";

test.beforeEach(async ({ workbench, project }) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
});

/** In the page: all that VS Code has written down for this window. */
async function storedState(): Promise<string> {
  const told: unknown[] = [];
  for (const { name = "" } of await indexedDB.databases()) {
    if (!name.startsWith("vscode-web-state-db")) continue;
    const database = await new Promise<IDBDatabase>((resolve, reject) => {
      const asked = indexedDB.open(name);
      asked.onsuccess = () => {
        resolve(asked.result);
      };
      asked.onerror = () => {
        reject(asked.error ?? new Error(name));
      };
    });
    const values = await new Promise<unknown[]>((resolve, reject) => {
      const asked: IDBRequest<unknown[]> = database
        .transaction("ItemTable")
        .objectStore("ItemTable")
        .getAll();
      asked.onsuccess = () => {
        resolve(asked.result);
      };
      asked.onerror = () => {
        reject(asked.error ?? new Error(name));
      };
    });
    database.close();
    told.push(...values);
  }
  return told.join("\n");
}

test("Up Next tells the order of the next run with its reasons, and follows what is remembered", async ({
  workbench,
  project,
}) => {
  await workbench.openPanel("Up Next");
  const upNext = workbench.cacheRows;
  await expect(upNext).toHaveCount(2);
  expect(await rowLabels(upNext)).toEqual([
    "1 of 2, test_a_cart_knows_the_bulk_discount, failed in its last run, tests/checkout/test_cart.py",
    "2 of 2, test_ten_pieces_are_cheaper, failed in its last run, tests/test_discounts.py",
  ]);
  await expect(workbench.panelWords("Up Next")).toHaveText("Rerun Last Failed");
  await workbench.cacheRow("test_ten_pieces_are_cheaper").hover();
  await workbench.screenshot("panel-up-next");

  await workbench.pressPanelButton("Up Next", "Choose What Runs Next…", workbench.quickPickRow("Stepwise"));
  await workbench.screenshot("panel-modes");
  await workbench.quickPickRow("New First").click();
  await expect(upNext).toHaveCount(15);
  expect((await rowLabels(upNext))[0]).toMatch(/^1 of 15, test_a_voucher_is_worth_.*, new, tests/);
  // In a browser VS Code writes what is to be remembered every few seconds.
  await expect.poll(() => workbench.page.evaluate(storedState)).toContain('"upNext":"newFirst"');
  await workbench.reload();
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
  await expect(workbench.panelWords("Up Next")).toHaveText("New First");
  await workbench.pressPanelButton("Up Next", "Choose What Runs Next…", workbench.quickPickRow("Stepwise"));
  await workbench.quickPickRow("Rerun Last Failed").click();
  await expect(upNext).toHaveCount(2);

  await workbench.cacheRow("test_ten_pieces_are_cheaper").click();
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await workbench.mend(bug);
  await workbench.pressRowButton(workbench.cacheRow("test_ten_pieces_are_cheaper"), "Run Test");
  await expect.poll(() => testsOfLastRun(project)).toEqual([failing[1]]);
  await expect(workbench.cacheRow("test_ten_pieces_are_cheaper")).toBeHidden();
  await expect(upNext).toHaveCount(1);

  await workbench.pressPanelButton(
    "Up Next",
    "Run These Tests",
    workbench.statusBarItem(/1 passed|15 tests|1 new/),
  );
  await expect.poll(() => testsOfLastRun(project)).toEqual([failing[0]]);
  await expect(workbench.page.getByText("Nothing is up next: no test has to be rerun.")).toBeVisible();
  await workbench.screenshot("panel-nothing-next");
});

test("Runs lists runs of the editor and of a terminal with what failed in them, and reruns just that", async ({
  workbench,
  project,
}) => {
  await workbench.openPanel("Runs");
  await expect(workbench.cacheRows).toHaveCount(1);
  await runPytest(project, ["tests/test_discounts.py"]);
  const newest = workbench.cacheRow("Selected Tests");
  await expect(newest).toContainText(/1 failed, \d+ passed/);
  await expect(newest).toContainText("terminal");

  await newest.locator(".monaco-tl-twistie").click();
  const failed = workbench.cacheRow("test_ten_pieces_are_cheaper");
  await expect(failed).toContainText(failure.reason);
  await workbench
    .cacheRow(/^\d+ passed$/)
    .locator(".monaco-tl-twistie")
    .click();
  await expect(
    workbench.cacheRow("test_no_pieces_cost_nothing").or(workbench.cacheRows.nth(4)),
  ).toBeVisible();
  await newest.hover();
  await workbench.screenshot("panel-runs");

  await workbench.runCommand("Pytest Recall: Show What Runs Next");
  await expect(workbench.cacheRow(/^test_a_cart_knows_the_bulk_discount/)).toBeVisible();
  await workbench.runCommand("Pytest Recall: Show Cache");
  await expect(workbench.cacheRow("cache/lastfailed")).toBeVisible();
  await workbench.screenshot("panel");
  await workbench.openPanel("Runs");

  await workbench.pressRowButton(newest, "Open Failures of This Run");
  await expect
    .poll(async () => [...(await workbench.editorLines()).values()].join("\n"))
    .toContain(`FAILED ${failing[1]}`);
  const before = journals(project).length;
  await workbench.pressRowButton(newest, "Rerun What Failed in This Run");
  await expect.poll(() => journals(project).length).toBe(before + 1);
  await expect.poll(() => testsOfLastRun(project)).toEqual([failing[1]]);
  await expect(workbench.cacheRow(/Selected Tests\s*1 failed · /)).toBeVisible();
});

test("the Cache lists every key with its value and refreshes by itself", async ({ workbench, project }) => {
  await workbench.openCachePanel();
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

  // VS Code knows no row while it is told all of them anew, as it is after each run.
  await expect(async () => {
    await workbench.pressRowButton(workbench.cacheRow("cache/lastfailed"), "Open Value as JSON");
    await expect
      .poll(async () => [...(await workbench.editorLines()).values()].join("\n"), { timeout: 5000 })
      .toContain(failing[1]);
  }).toPass({ timeout: 60_000 });
});

test("what is taken out of the cache is asked for first, and comes back when that is undone", async ({
  workbench,
  project,
}) => {
  await workbench.openCachePanel();
  await workbench.pressPanelButton(
    "Cache",
    "Filter Keys…",
    workbench.page.locator(".quick-input-widget input").first(),
  );
  await workbench.page.keyboard.type("cache/*");
  await workbench.page.keyboard.press("Enter");
  await expect(workbench.panelWords("Cache")).toHaveText("cache/*");
  await expect(workbench.cacheRow("recall/runs")).toBeHidden();
  await workbench.expandCacheRow("cache/lastfailed");
  await workbench.screenshot("panel-filter");

  await workbench.pressRowButton(workbench.cacheRow(failing[0]), "Forget Failure…");
  await workbench.dialogButton("Forget").click();
  await expect.poll(() => lastFailed(project)).toEqual([failing[1]]);
  await workbench.statusBarItem("1 failed · 1 new").waitFor();
  await workbench.screenshot("panel-forgotten");
  await workbench
    .notification("is remembered as failed no longer")
    .getByRole("button", { name: "Undo" })
    .click();
  await expect.poll(() => lastFailed(project)).toEqual(failing);

  // By keyboard alone.
  const key = workbench.cacheRow("cache/lastfailed");
  await expect(async () => {
    await key.click();
    await expect(key).toHaveAttribute("aria-selected", "true", { timeout: 2000 });
  }).toPass();
  await workbench.page.keyboard.press("Delete");
  await workbench.dialogButton("Delete").click();
  await expect.poll(() => lastFailed(project)).toEqual([]);
  await workbench.runCommand("Pytest Recall: Undo Last Change of Cache");
  await expect.poll(() => lastFailed(project)).toEqual(failing);

  await workbench.pressPanelButton("Cache", "Clear Cache…", workbench.dialogButton("Cancel"));
  await workbench.dialogButton("Cancel").click();
  expect(lastFailed(project)).toEqual(failing);
  await workbench.pressPanelButton("Cache", "Clear Cache…", workbench.dialogButton("Clear Cache"));
  await workbench.screenshot("6-clear");
  await workbench.dialogButton("Clear Cache").click();
  await expect.poll(() => lastFailed(project)).toEqual([]);
  await workbench.statusBarItem(/^\s*15 tests\s*$/).waitFor();
  await expect(workbench.statusBarItem("failed")).toBeHidden();

  await workbench
    .notification("The pytest cache of shop was cleared.")
    .getByRole("button", { name: "Undo" })
    .click();
  await expect.poll(() => lastFailed(project)).toEqual(failing);
  await workbench.statusBarItem("2 failed · 1 new").waitFor();
});
