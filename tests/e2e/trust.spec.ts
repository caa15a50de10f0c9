import { chmodSync, existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { copySampleRunYesterday, makeTemporaryFolder } from "../../extension/scripts/projects.mjs";
import { startServer } from "../../extension/scripts/server.mjs";
import { journals } from "./cacheFolder.ts";
import { expect, test as base } from "./fixtures.ts";
import { writeFiles } from "./projectFiles.ts";
import { failure } from "./sample.ts";
import { Workbench } from "./workbench.ts";

/** A window of a server that asks for trust and names no interpreter, so that one has to be looked for. */
const test = base.extend({
  workbench: async ({ page }, use) => {
    const dataDir = makeTemporaryFolder();
    const server = await startServer({ dataDir, settings: {}, asksForTrust: true });
    await use(new Workbench(page, server.address, join(import.meta.dirname, "screenshots")));
    await server.end();
    rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
  },
});

test("in Restricted Mode nothing of the folder is started, whatever is asked for", async ({
  workbench,
  project,
}) => {
  await copySampleRunYesterday(project);
  const witness = join(project, "..", "witness");
  const python = join(project, ".venv", "bin", "python");
  const script = `#!/bin/sh\necho "$0 $*" >> '${witness}'\nexec python3 "$@"\n`;
  writeFiles(project, { ".venv/bin/python": script });
  chmodSync(python, 0o755);

  await workbench.openFolder(project);
  await workbench.statusBarItem("Restricted Mode").waitFor();

  await expect(workbench.statusSentence("2 failed · 1 new")).toHaveAccessibleName(
    /Tests are not run in Restricted Mode\. Click to manage trust\.$/,
  );
  await workbench.openTestExplorer();
  await workbench.expandAllTests();
  await expect(workbench.testRowIn("test_ten_pieces_are_cheaper", "Failed")).toBeVisible();
  await workbench.openFile(failure.file);
  await expect.poll(() => workbench.endOfLineText(failure.line)).toContain(failure.reason);
  await workbench.openCachePanel();
  await expect(workbench.cacheRow("cache/lastfailed")).toBeVisible();

  await workbench.runCommand("Pytest Recall: Select Interpreter…");
  await expect(workbench.quickPickRow("Browse…")).toBeVisible();
  await expect(workbench.quickPickRow(".venv")).toHaveCount(0);
  await workbench.screenshot("trust-interpreters");
  await workbench.page.keyboard.press("Escape");

  await workbench.openPanel("Up Next");
  await workbench.pressRowButton(workbench.cacheRow("test_ten_pieces_are_cheaper"), "Run Test");
  await expect(workbench.notification("Tests are not run in Restricted Mode")).toBeVisible();
  await workbench.screenshot("trust-panel");
  await workbench.runCommand("Notifications: Clear All Notifications");

  await workbench.runCommand("Pytest Recall: Check and Repair Cache");
  await expect(workbench.notification("The pytest cache of shop is sound")).toBeVisible();

  await workbench.runCommand("Pytest Recall: Rerun Last Failed");
  await expect(workbench.notification("Tests are not run in Restricted Mode")).toBeVisible();
  await workbench.screenshot("trust-restricted");

  expect(existsSync(witness) ? readFileSync(witness, "utf8") : "").toBe("");
  expect(journals(project)).toHaveLength(1);

  // Once the folder is trusted its Python is started, so the witness does tell.
  await workbench
    .notification("Restricted Mode")
    .getByRole("button", { name: "Manage Workspace Trust" })
    .click();
  await workbench.page
    .locator(".workspace-trust-editor")
    .getByRole("button", { name: "Trust", exact: true })
    .click();
  await expect.poll(() => existsSync(witness)).toBe(true);
});
