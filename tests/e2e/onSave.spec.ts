/** Run on save: what was saved is tested, and whoever writes is not disturbed. */
import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";

import { copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { journals, testsOfLastRun, testsOfRun } from "./cacheFolder.ts";
import { expect, test } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { bug, failing, fresh } from "./sample.ts";
import type { Workbench } from "./workbench.ts";

/** Its test ends once the file `gate` is gone. */
const waiting = `
import pathlib, time

def test_waits():
    pathlib.Path("begun").touch()
    while pathlib.Path("gate").exists():
        time.sleep(0.02)
`;
const file = (name: string): string => `tests/test_${name}.py`;

const [cart, prices] = ["tests/checkout/test_cart.py", "tests/test_prices.py"];

/** Writes a line at the top of a file, and leaves it unsaved. */
async function write(workbench: Workbench, path: string): Promise<void> {
  await workbench.openFile(path);
  await workbench.insertLineAt(1, "# changed");
}

async function save(workbench: Workbench, path: string): Promise<void> {
  await write(workbench, path);
  await workbench.page.keyboard.press("Control+s");
  await workbench.page.locator(".editor-group-container.active .tab.active:not(.dirty)").waitFor();
}

test("what is saved is tested with what failed and what is new, and the focus stays", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.statusBarItem("2 failed · 1 new").waitFor();

  // Turned on, the bug is mended: the failed tests and the new one run, and nobody is disturbed.
  await workbench.runCommand("Pytest Recall: Toggle Run on Save");
  await expect(workbench.viewButton("Stop Continuous Run")).toBeVisible();
  await workbench.mend(bug);
  await expect
    .poll(() => testsOfLastRun(project))
    .toEqual([...failing, `${fresh.file}::${fresh.test}`].sort());
  await workbench.statusBarItem(/^\s*\d+ passed\s*$/).waitFor();
  await expect(workbench.page.locator(".part.panel")).toBeHidden();
  await expect(workbench.editor.locator(".view-lines")).toContainText(bug.right);
  await workbench.page.keyboard.type(" # still here");
  await expect(workbench.editor.locator(".view-lines")).toContainText(`${bug.right} # still here`);
  await workbench.screenshot("9-on-save");
  const runs = journals(project).length;

  // Nothing failed and nothing new: a source file runs nothing, a test file its tests.
  await workbench.page.keyboard.press("Control+s");
  await workbench.page.locator(".editor-group-container.active .tab.active:not(.dirty)").waitFor();
  writeFiles(project, { [file("a")]: "def test_a(): ...\n", [file("b")]: "def test_b(): ...\n" });
  writeFiles(project, { [file("waits")]: waiting, gate: "" });
  await workbench.statusBarItem("3 new").waitFor();
  await save(workbench, file("waits"));
  await expect.poll(() => existsSync(join(project, "begun"))).toBe(true);
  expect(journals(project)).toHaveLength(runs + 1);

  // What is saved during a run waits for it: as one run, where the machine does not save the second file late.
  await write(workbench, prices);
  await write(workbench, cart);
  await workbench.runCommand("File: Save All");
  await expect(workbench.page.locator(".tab.dirty")).toHaveCount(0);
  await workbench.statusBarItem("1 waiting").waitFor();
  await workbench.screenshot("9-on-save-waiting");
  rmSync(join(project, "gate"));
  await expect.poll(() => filesOfRunsFrom(project, runs + 1).sort()).toEqual([cart, prices]);

  // Turned off for all and on for one row, only that one runs.
  await workbench.runCommand("Pytest Recall: Toggle Run on Save");
  await expect(workbench.viewButton("Start Continuous Run")).toBeVisible();
  await workbench.openTestRow("tests");
  await workbench.testRow("test_prices.py").hover();
  await workbench
    .testRow("test_prices.py")
    .getByRole("button", { name: /Continuous Run/ })
    .click();
  const before = journals(project).length;
  await write(workbench, prices);
  await write(workbench, cart);
  await workbench.runCommand("File: Save All");
  await expect.poll(() => journals(project).length).toBe(before + 1);
  await expect.poll(() => filesOfLastRun(project)).toEqual([prices]);
});

/** The files of each run from a number on; one that ran twice is there twice. */
function filesOfRunsFrom(project: string, first: number): string[] {
  const ran = journals(project).slice(first);
  return ran.flatMap((one) => [...new Set(testsOfRun(project, one).map((id) => id.split("::")[0] ?? ""))]);
}

function filesOfLastRun(project: string): readonly string[] {
  return [...new Set(testsOfLastRun(project).map((id) => id.split("::")[0] ?? ""))];
}
