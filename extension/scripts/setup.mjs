/** Everything `npm start` and `npm test` stand on, in the order of need; `npm run setup` does it alone. */
import { ensureChromium } from "./chromium.mjs";
import { checkNode, ensureNodePackages } from "./node.mjs";
import { ensureVsix } from "./package.mjs";
import { runMain } from "./problem.mjs";
import { ensurePluginPython, ensureProjectPython, ensurePython } from "./python.mjs";
import { ensureExtensionInstalled } from "./server.mjs";
import { ensureVsCode } from "./vscode.mjs";

/** The tools, and the Pythons of the projects under test: enough for every check that opens no window. */
export async function setUpTools() {
  checkNode();
  await ensurePython();
  await ensureProjectPython();
  await ensurePluginPython();
  await ensureNodePackages();
}

/** The tools, and a VS Code with our .vsix in it. */
export async function setUpVsCode() {
  await setUpTools();
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
