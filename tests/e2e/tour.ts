/**
 * The main job, played in a real VS Code by `npm start -- --tour`:
 * see yesterday's failures, run all, rerun what failed, mend the bug, rerun, all green.
 */
import { rmSync } from "node:fs";
import { join, relative } from "node:path";

import { chromium, type Browser } from "@playwright/test";

import { INTERRUPTED, armInterruption, interrupted } from "../../extension/scripts/interruption.mjs";
import { projectPython, root } from "../../extension/scripts/paths.mjs";
import { copySampleRunYesterday, makeTemporaryFolder } from "../../extension/scripts/projects.mjs";
import { startServer, type Server } from "../../extension/scripts/server.mjs";
import { launchOptions, viewport } from "./browser.ts";
import { testsOfLastRun } from "./cacheFolder.ts";
import { bug, failing, failure } from "./sample.ts";
import { until } from "./until.ts";
import { Workbench } from "./workbench.ts";

interface Step {
  readonly title: string;
  /** With `--pictures`: the picture of README that shows the window after it. */
  readonly image?: string;
  /** Does the step and returns what was seen. */
  readonly act: (workbench: Workbench, project: string) => Promise<string>;
}

const steps: readonly Step[] = [
  {
    title: "Open the sample",
    act: async (workbench, project) => {
      await workbench.openFolder(project);
      await workbench.openTestExplorer();
      await workbench.statusBarItem("2 failed · 1 new").waitFor();
      await workbench.expandAllTests();
      return `the status bar says "${await workbench.statusText("failed")}"`;
    },
  },
  {
    title: "See yesterday's failure with its reason",
    image: "overview",
    act: async (workbench) => {
      await workbench.openFile(failure.file);
      const seen = await until(
        () => workbench.endOfLineText(failure.line),
        (text) => text.includes(failure.reason),
      );
      return `${failure.file}:${String(failure.line)} ends with "${seen.trim()}"`;
    },
  },
  {
    title: "Look into the cache",
    image: "cache",
    act: async (workbench) => {
      await workbench.openCachePanel();
      await workbench.expandCacheRow("cache/lastfailed");
      const rows = await until(
        () => workbench.cacheRows.allInnerTexts(),
        (texts) => failing.every((id) => texts.some((text) => text.includes(id))),
      );
      return `the panel shows ${String(rows.length)} rows`;
    },
  },
  {
    title: "Go to the next failure",
    image: "next",
    act: async (workbench) => {
      await workbench.openTestExplorer();
      await workbench.goToLine(1);
      await workbench.pressNextFailureKeys();
      await workbench.peekedFailure.waitFor();
      return `line ${String(await workbench.cursorLine())}: "${await workbench.statusText(/of 2/)}"`;
    },
  },
  {
    title: "Run all tests",
    act: async (workbench, project) => {
      await workbench.runCommand("Test: Run All Tests");
      const ran = await until(
        () => Promise.resolve(testsOfLastRun(project)),
        (tests) => tests.length === 15,
      );
      await workbench.statusBarItem(/^\s*2 failed\s*$/).waitFor();
      return `${String(ran.length)} tests ran, "${await workbench.statusText("failed")}"`;
    },
  },
  {
    title: "Rerun Last Failed",
    act: async (workbench, project) => {
      await workbench.pressRerunKeys();
      return rerunOfFailures(workbench, project, /^\s*2 failed\s*$/);
    },
  },
  {
    title: "Mend the code",
    act: async (workbench) => {
      await workbench.mend(bug);
      return `${bug.file} now says "${bug.right}"`;
    },
  },
  {
    title: "Rerun Last Failed again",
    image: "rerun",
    act: async (workbench, project) => {
      await workbench.pressRerunKeys();
      return rerunOfFailures(workbench, project, /^\s*15 passed\s*$/);
    },
  },
];

/** Wait until exactly the two failing tests have run and the status bar shows *status*. */
async function rerunOfFailures(workbench: Workbench, project: string, status: RegExp): Promise<string> {
  const ran = await until(
    () => Promise.resolve(testsOfLastRun(project)),
    (tests) => tests.join() === failing.join(),
  );
  await workbench.statusBarItem(status).waitFor();
  return `${String(ran.length)} tests ran, "${await workbench.statusText(status)}"`;
}

/** `npm run pictures`: README's pictures are made anew. */
const withPictures = process.argv.includes("--pictures");

/** Signals are ours: Playwright would end the whole process before the server is ended. */
const ownSignals = { handleSIGINT: false, handleSIGTERM: false, handleSIGHUP: false };

async function main(): Promise<number> {
  const interruption = armInterruption();
  const temporary = makeTemporaryFolder();
  let server: Server | undefined;
  let browser: Browser | undefined;
  try {
    const project = join(temporary, "shop");
    await copySampleRunYesterday(project);
    if (interruption.aborted) return INTERRUPTED;
    const settings = { "pytestRecall.interpreter": projectPython };
    server = await startServer({ dataDir: join(temporary, "vscode"), settings });
    browser = await chromium.launch({ ...launchOptions, ...ownSignals });
    const page = await browser.newPage({ viewport });
    const workbench = new Workbench(page, server.address, join(root, "tests", "e2e", "screenshots"));
    const stopped = interrupted(interruption).then(() => INTERRUPTED);
    return await Promise.race([play(workbench, project), stopped]);
  } catch (error) {
    // Ctrl-C also ends the program that we waited for.
    if (interruption.aborted) return INTERRUPTED;
    throw error;
  } finally {
    await browser?.close();
    await server?.end();
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Play the steps in order; the first that fails ends the tour with exit status 1. */
async function play(workbench: Workbench, project: string): Promise<number> {
  for (const [index, { title, image, act }] of steps.entries()) {
    const name = `tour-${String(index + 1)}`;
    try {
      const seen = await act(workbench, project);
      if (image !== undefined && withPictures)
        await workbench.picture(join(root, "docs", "images", `${image}.png`));
      say(`✓ ${String(index + 1)} ${title}: ${seen}  (${await picture(workbench, name)})`);
    } catch (error) {
      say(`✗ ${String(index + 1)} ${title}  (${await picture(workbench, name)})`);
      say(error instanceof Error ? error.message : String(error));
      return 1;
    }
  }
  return 0;
}

async function picture(workbench: Workbench, name: string): Promise<string> {
  return relative(root, await workbench.screenshot(name));
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

process.exitCode = await main();
