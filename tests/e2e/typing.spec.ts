/**
 * Measures how soon what is typed is drawn while 10,000 results stream in, beside the same typing without a run.
 *
 * Two peers are measured on the same work: pytest in a terminal, of which VS Code knows nothing, and the least that
 * an extension can do that shows results. What they cost, no extension can avoid.
 * It is no test of correctness and takes minutes, so it runs when it is asked for: `npm run bench:typing`.
 */
import { spawn } from "node:child_process";
import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { projectPython } from "../../extension/scripts/paths.mjs";
import { makeTemporaryFolder } from "../../extension/scripts/projects.mjs";
import { startServer } from "../../extension/scripts/server.mjs";
import { testsOfLastRun } from "./cacheFolder.ts";
import { expect, test as base } from "./fixtures.ts";
import { leastExtension } from "./leastExtension.ts";
import { withExtension } from "./otherExtensions.ts";
import { cpuSeconds } from "./processes.ts";
import { writeFiles } from "./projectFiles.ts";
import { Workbench } from "./workbench.ts";

const FILES = 1000;
const TESTS = 10;
const KEYS = 120;
/** Milliseconds between keys: somebody who types fast. */
const PACE = 100;
const OPEN = "pkg_03/test_0003.py";
const PATIENCE = { timeout: 600_000 };

/** What one stretch of typing was like, in milliseconds from a key to the frame that shows its character. */
interface Typing {
  readonly name: string;
  readonly times: readonly number[];
  readonly seconds: number;
  /** CPU seconds by kind of process. */
  readonly cpu: ReadonlyMap<string, number>;
}

/** A window in which another extension stands beside ours, which is switched off. */
const peer = base.extend({
  workbench: async ({ page }, use) => {
    const folder = makeTemporaryFolder();
    const extensions = withExtension(
      join(folder, "extensions"),
      "tests.least",
      {},
      leastExtension(projectPython),
    );
    const settings = { "pytestRecall.enabled": false };
    const server = await startServer({ dataDir: join(folder, "data"), settings, extensions });
    await use(new Workbench(page, server.address, join(import.meta.dirname, "screenshots")));
    await server.end();
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  },
});

base.skip(process.env["RECALL_TYPING"] === undefined, "it measures: RECALL_TYPING=1");
base.setTimeout(900_000);

base("typing beside Pytest Recall", async ({ workbench, project }) => {
  await openProject(workbench, project);
  await measure(workbench, "Pytest Recall", {
    begin: async () => {
      await workbench.runCommand("Test: Run All Tests");
      await workbench
        .statusBarItem(/[1-9]\d*\/\d+/u)
        .first()
        .waitFor();
    },
    end: async () => {
      const isOver = testsOfLastRun(project).length > 0;
      process.stdout.write(`  the second ended ${isOver ? "after" : "before"} the run\n`);
      await expect.poll(() => testsOfLastRun(project).length, PATIENCE).toBe(FILES * TESTS);
    },
  });
});

peer("typing beside the least extension with a test tree", async ({ workbench, project }) => {
  await openProject(workbench, project);
  await measure(workbench, "the least extension", {
    begin: async () => {
      await workbench.runCommand("Test: Run All Tests");
      await expect.poll(() => existsSync(join(project, ".begun")), PATIENCE).toBe(true);
    },
    end: () => expect.poll(() => existsSync(join(project, ".done")), PATIENCE).toBe(true),
  });
});

peer("typing beside pytest in a terminal", async ({ workbench, project }) => {
  await openProject(workbench, project);
  let over: Promise<unknown> = Promise.resolve();
  await measure(workbench, "pytest in a terminal", {
    begin: async () => {
      const child = spawn(projectPython, ["-m", "pytest", "-q"], {
        cwd: project,
        stdio: ["ignore", "pipe", "ignore"],
      });
      over = new Promise((resolve) => child.once("exit", resolve));
      await new Promise((resolve) => child.stdout.once("data", resolve));
      child.stdout.resume();
    },
    end: async () => {
      await over;
    },
  });
});

/** Opens the project with its rows and the file that is typed into, once its tests are marked. */
async function openProject(workbench: Workbench, project: string): Promise<void> {
  writeProject(project);
  await workbench.openFolder(project);
  await workbench.openTestExplorer();
  await workbench.openFile(OPEN);
  await expect.poll(async () => (await workbench.gutterGlyphs()).length).toBeGreaterThan(0);
}

/** 10,000 tests, of which every tenth fails in a helper, so that there is something to mark. */
function writeProject(project: string): void {
  const body = Array.from({ length: TESTS }, (_, number) =>
    number === 0 ? "def test_0():\n    check(1)\n" : `def test_${String(number)}():\n    assert True\n`,
  ).join("\n\n");
  const files = Array.from({ length: FILES }, (_, number): [string, string] => [
    `pkg_${String(number % 20).padStart(2, "0")}/test_${String(number).padStart(4, "0")}.py`,
    `from helper import check\n\n\n${body}`,
  ]);
  writeFiles(project, {
    ...Object.fromEntries(files),
    "pytest.ini": "[pytest]\npythonpath = .\n",
    "helper.py": "def check(value):\n    assert value == 2\n",
  });
}

async function measure(
  workbench: Workbench,
  name: string,
  { begin, end }: { readonly begin: () => Promise<void>; readonly end: () => Promise<void> },
): Promise<void> {
  process.stdout.write(`${name}:\n`);
  const stretches = [await type(workbench, "without a run")];
  await begin();
  const begun = Date.now();
  stretches.push(await type(workbench, "while results stream in"));
  await end();
  process.stdout.write(
    `  the run was over ${((Date.now() - begun) / 1000).toFixed(0)} s after its first results\n`,
  );
  stretches.push(await type(workbench, "after the run"));
  process.stdout.write(stretches.map(told).join(""));
  for (const { times } of stretches) expect(times.length).toBeGreaterThan(0.9 * KEYS);
}

function told({ name, times, seconds, cpu }: Typing): string {
  const sorted = [...times].sort((one, other) => one - other);
  const at = (share: number): string => (sorted[Math.floor(share * (sorted.length - 1))] ?? 0).toFixed(0);
  const figures = `p50 ${at(0.5)} ms, p95 ${at(0.95)} ms, most ${at(1)} ms`;
  const processes = [...cpu]
    .filter(([, used]) => used >= 0.1)
    .map(([kind, used]) => `${kind} ${used.toFixed(1)} s`);
  return `  ${name}: ${figures} (${String(times.length)} keys in ${seconds.toFixed(0)} s)\n    CPU: ${processes.join(", ")}\n`;
}

async function type(workbench: Workbench, name: string): Promise<Typing> {
  const { page } = workbench;
  await workbench.goToLine(1);
  await expect.poll(() => workbench.cursorLine()).toBe(1);
  await page.keyboard.press("Home");
  await page.keyboard.type("# ");
  await page.keyboard.press("Enter");
  await page.keyboard.press("ArrowUp");
  await page.keyboard.press("End");
  await expect.poll(async () => (await workbench.editorLines()).get(1)).toMatch(/^#.?$/u);
  await workbench.editor.evaluate(listen);
  const stopProfile = await profile(workbench, name);
  const before = cpuSeconds(process.pid);
  const begin = Date.now();
  for (let key = 0; key < KEYS; key += 1) {
    await page.keyboard.press("x");
    // The pace of the keys is what is measured at; nothing is waited for.
    await page.waitForTimeout(PACE);
  }
  const seconds = (Date.now() - begin) / 1000;
  const cpu = new Map(
    [...cpuSeconds(process.pid)].map(([kind, used]) => [kind, used - (before.get(kind) ?? 0)]),
  );
  await stopProfile();
  const times = await page.evaluate(
    () => (globalThis as unknown as { readonly keyTimes: readonly number[] }).keyTimes,
  );
  return { name, times, seconds, cpu };
}

/** With RECALL_TYPING_PROFILE a profile of the page's main thread goes into the folder that it names. */
async function profile({ page }: Workbench, name: string): Promise<() => Promise<void>> {
  const folder = process.env["RECALL_TYPING_PROFILE"];
  if (folder === undefined) return () => Promise.resolve();
  const session = await page.context().newCDPSession(page);
  await session.send("Profiler.enable");
  await session.send("Profiler.start");
  return async () => {
    const told = await session.send("Profiler.stop");
    writeFileSync(join(folder, `${String(Date.now())} ${name}.cpuprofile`), JSON.stringify(told.profile));
  };
}

/** Runs in the page: takes the time from each key to the end of the frame in which its line is longer. */
function listen(editor: Element): void {
  const shared = globalThis as unknown as { keyTimes: number[]; stopKeys?: AbortController };
  shared.stopKeys?.abort();
  const stop = (shared.stopKeys = new AbortController());
  const times: number[] = (shared.keyTimes = []);
  const pressed: number[] = [];
  // What stands there already: a number sign and a blank.
  let length = 2;
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.key === "x") pressed.push(event.timeStamp);
    },
    { capture: true, signal: stop.signal },
  );
  const observer = new MutationObserver(() => {
    const lines = [...editor.querySelectorAll<HTMLElement>(".view-line")];
    const [first] = lines.sort((one, other) => parseFloat(one.style.top) - parseFloat(other.style.top));
    const now = first?.textContent.length ?? 0;
    for (; length < now && pressed.length > 0; length += 1) {
      const since = pressed.shift() ?? 0;
      const channel = new MessageChannel();
      channel.port1.onmessage = () => times.push(performance.now() - since);
      // The message comes after the frame that this one is drawn in.
      requestAnimationFrame(() => {
        channel.port2.postMessage(null);
      });
    }
  });
  observer.observe(editor.querySelector(".view-lines") ?? editor, {
    childList: true,
    subtree: true,
    characterData: true,
  });
  stop.signal.addEventListener("abort", () => {
    observer.disconnect();
  });
}
