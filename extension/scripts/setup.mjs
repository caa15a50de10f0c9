/** Everything `npm start` and `npm test` stand on, in the order of need; `npm run setup` does it alone. */
import { ensureChromium } from "./chromium.mjs";
import { checkNode, ensureNodePackages } from "./node.mjs";
import { ensureVsix } from "./package.mjs";
import { runMain } from "./problem.mjs";
import { ensureProjectPython, ensurePython } from "./python.mjs";
import { ensureExtensionInstalled } from "./server.mjs";
import { ensureVsCode } from "./vscode.mjs";

/** The tools: enough for every check that opens no window. */
export async function setUpTools() {
  checkNode();
  await ensurePython();
  await ensureNodePackages();
}

/** The tools, a VS Code with our .vsix in it, and a Python for the projects it opens. */
export async function setUpVsCode() {
  await setUpTools();
  await ensureProjectPython();
  await ensureVsix();
  await ensureVsCode();
  await ensureExtensionInstalled();
}

async function main() {
  await setUpVsCode();
  const chromium = await ensureChromium();
  process.stdout.write(`✓ All is ready; the browser for tests is ${chromium}\n`);
}

if (process.argv[1] === import.meta.filename) await runMain(main);
