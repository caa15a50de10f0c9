import { homedir } from "node:os";

import { copySampleRunYesterday } from "../../extension/scripts/projects.mjs";
import { expect, test } from "./fixtures.ts";
import { failure } from "./sample.ts";
import type { Workbench } from "./workbench.ts";

interface Binding {
  readonly key: string;
  readonly command: string;
}

/** What the list of default keys in the active editor says. */
async function keysOf(workbench: Workbench): Promise<readonly Binding[]> {
  await workbench.clipboard();
  const list = /"key":\s*"([^"]+)",\s*"command":\s*"([^"]+)"/g;
  let found: readonly Binding[] = [];
  await expect(async () => {
    await workbench.editor.click();
    await workbench.page.keyboard.press("Control+a");
    await workbench.page.keyboard.press("Control+c");
    const text = await workbench.clipboard();
    found = [...text.matchAll(list)].map(([, key = "", command = ""]) => ({ key, command }));
    expect(found.length).toBeGreaterThan(0);
  }).toPass();
  return found;
}

test("failures are gone through with two keys, and what a report of a fault needs is copied", async ({
  workbench,
  project,
}) => {
  // Many scenes of one window, which may be the first one of a busy machine.
  test.slow();
  await copySampleRunYesterday(project);
  await workbench.openFolder(project);
  await workbench.statusBarItem("2 failed · 1 new").waitFor({ timeout: 120_000 });
  await workbench.openFile(failure.file);

  await test.step("none of our keys is, or begins, one of VS Code's", async () => {
    await workbench.runCommand("Preferences: Open Default Keyboard Shortcuts (JSON)");
    const all = await keysOf(workbench);
    // Delete works on rows of our own view alone.
    const ours = all.filter(({ command, key }) => command.startsWith("pytestRecall.") && key !== "delete");
    expect(ours.length).toBeGreaterThan(10);
    expect(all.length).toBeGreaterThan(500);
    const others = all.filter(({ command }) => !command.startsWith("pytestRecall."));
    const overriding = ours.flatMap(({ key, command }) =>
      others
        .filter((other) => `${key} `.startsWith(`${other.key} `) || `${other.key} `.startsWith(`${key} `))
        .map((other) => `${command} (${key}): ${other.command} (${other.key})`),
    );
    expect(overriding).toEqual([]);
    await workbench.page.keyboard.press("Control+F4");
    await workbench.openFile(failure.file);
  });

  // The next one is in this file, the one after it in the other, and then it goes round.
  await workbench.pressNextFailureKeys();
  await workbench.statusBarItem(/[12] of 2 · assert 0 == 1500/).waitFor();
  await expect(workbench.peekedFailure).toBeVisible();
  expect(await workbench.cursorLine()).toBe(failure.line);
  await workbench.screenshot("go-next");
  await workbench.pressNextFailureKeys();
  await expect(workbench.activeTab).toContainText("test_cart.py");
  await workbench.screenshot("go-next-file");
  await workbench.pressPreviousFailureKeys();
  await expect(workbench.activeTab).toContainText("test_discounts.py");
  await workbench.pressPreviousFailureKeys();
  await expect(workbench.activeTab).toContainText("test_cart.py");
  await workbench.statusBarItem(/again/).waitFor();

  await test.step("a step of the walkthrough is done once its button was pressed", async () => {
    await workbench.runCommand("Welcome: Open Walkthrough...");
    await workbench.quickPickRow("Get Started with Pytest Recall").click();
    const steps = workbench.page.locator(".getting-started-step");
    await expect(steps).toHaveCount(4);
    await workbench.screenshot("walkthrough");
    await steps.filter({ hasText: "Go from failure to failure" }).click();
    await workbench.page.getByRole("button", { name: "Go to Next Failure" }).first().click();
    await workbench.statusBarItem(/of 2 · /).waitFor();
    await workbench.runCommand("Welcome: Open Walkthrough...");
    await workbench.quickPickRow("Get Started with Pytest Recall").click();
    await expect(workbench.page.getByRole("checkbox", { name: /Go from failure to failure/ })).toBeChecked();
  });

  await workbench.runCommand("Pytest Recall: Copy Debug Info");
  await workbench.statusBarItem("The debug info is copied").waitFor();
  const text = await workbench.clipboard();
  expect(text).toContain("## Pytest Recall");
  expect(text).toContain('"failed": 2');
  // The interpreter of the tests is set, and may lie anywhere.
  expect(text).toContain('"pytestRecall.interpreter"');
  expect(text).not.toContain(`${homedir()}/`);
  // Activation does not wait for the server.
  expect(text).toMatch(/Activated in \d+ ms\.[^]*Starting the server/);
  process.stdout.write(`      ${/Activated in \d+ ms/.exec(text)?.[0] ?? ""}\n`);
});
