/**
 * `npm start`: open VS Code with our extension in the browser, on a copy of the sample project.
 * `npm start -- PATH` opens a folder of yours; `npm start -- --tour` plays the main job headless,
 * and `npm run pictures` makes README's pictures by the way.
 */
import { rmSync, statSync } from "node:fs";
import { join, resolve } from "node:path";

import { ensureChromium } from "./chromium.mjs";
import { armInterruption, interrupted, onEachSignal } from "./interruption.mjs";
import { projectPython, root } from "./paths.mjs";
import { Problem, runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { copySampleRunYesterday, makeTemporaryFolder } from "./projects.mjs";
import { startServer } from "./server.mjs";
import { setUpVsCode } from "./setup.mjs";
import { step } from "./steps.mjs";

async function main() {
  const [argument] = process.argv.slice(2);
  if (argument === "--tour") return tour();
  const given = argument === undefined ? undefined : existingFolder(argument);
  await setUpVsCode();
  // From here on there is something to clear up.
  const interruption = armInterruption();
  const temporary = makeTemporaryFolder();
  try {
    await open(given ?? (await prepareSample(temporary)), given === undefined, temporary, interruption);
  } catch (error) {
    // Ctrl-C also ends the program that we waited for.
    if (!interruption.aborted) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true, maxRetries: 5 });
  }
  return 0;
}

/** @param {string} path */
function existingFolder(path) {
  // npm runs scripts in the clone; the path was written where the user stood.
  const folder = resolve(process.env["INIT_CWD"] ?? ".", path);
  const isFolder = statSync(folder, { throwIfNoEntry: false })?.isDirectory() ?? false;
  if (!isFolder) throw new Problem(`${folder} is no folder.`);
  return folder;
}

/** @param {string} temporary */
async function prepareSample(temporary) {
  const folder = join(temporary, "shop");
  await step("Sample project, run once", () => copySampleRunYesterday(folder));
  return folder;
}

/**
 * Serve *folder* until Ctrl-C.
 * @param {string} folder
 * @param {boolean} isSample
 * @param {string} temporary
 * @param {AbortSignal} interruption
 */
async function open(folder, isSample, temporary, interruption) {
  if (interruption.aborted) return;
  // A folder of the user's has an interpreter of its own; the sample runs on ours.
  const settings = isSample ? { "pytestRecall.interpreter": projectPython } : {};
  const server = await startServer({ dataDir: join(temporary, "vscode"), settings });
  process.stdout.write(`
  VS Code with Pytest Recall is at

      ${server.address}/?folder=${encodeURI(folder)}

  Open the address in a browser.
${isSample ? sampleHint : ""}  Press Ctrl+; R F to rerun the last failures (Cmd+; R F on a Mac).
  Ctrl-C here ends it.

`);
  await Promise.race([interrupted(interruption), server.ended]);
  process.stdout.write("\nEnding VS Code …\n");
  await server.end();
}

const sampleHint = `  It shows a small shop that was tested yesterday: two tests failed, and one is new since.
  The bug is in shop/discounts.py.
`;

async function tour() {
  await setUpVsCode();
  const chromium = await ensureChromium();
  const script = join(root, "tests", "e2e", "tour.ts");
  const env = { ...process.env, CHROMIUM: chromium };
  // The tour clears up behind itself; we end when it has.
  const args = ["--import", "tsx", script, ...process.argv.slice(3)];
  return show(process.execPath, args, { cwd: root, env }, (child) => {
    onEachSignal((signal) => child.kill(signal));
  });
}

await runMain(main);
