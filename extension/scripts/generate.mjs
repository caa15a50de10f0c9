/**
 * `npm run generate` writes the TypeScript side of the protocol from the Python side,
 * README's tables and docs/settings.md from package.json, the notices of what is bundled, and the texts to translate from the code;
 * `--check` only compares the protocol.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { writeNotices } from "./notices.mjs";
import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { withTables } from "./readme.mjs";
import { withSettings } from "./settingsPage.mjs";
import { setUpTools } from "./setup.mjs";
import { exportTexts, readManifest } from "./texts.mjs";

await runMain(async () => {
  await setUpTools();
  const args = process.argv.slice(2);
  if (!args.includes("--check")) {
    writeTables();
    await writeNotices();
    await writeTexts();
  }
  const script = join(root, "extension", "scripts", "generate_protocol.py");
  const env = { ...process.env, PYTHONPATH: join(root, "python_server") };
  return show(venvPython, [script, ...args], { cwd: root, env });
});

function writeTables() {
  const manifest = readManifest();
  rewrite("README.md", (text) => withTables(text, /** @type {import("./readme.mjs").Manifest} */ (manifest)));
  rewrite("docs/settings.md", (text) =>
    withSettings(text, /** @type {import("./settingsPage.mjs").Manifest} */ (manifest)),
  );
}

/**
 * @param {string} name
 * @param {(text: string) => string} change
 */
function rewrite(name, change) {
  const path = join(root, name);
  const before = readFileSync(path, "utf8");
  const after = change(before);
  if (after !== before) writeFileSync(path, after);
}

async function writeTexts() {
  const texts = JSON.stringify(await exportTexts(), undefined, 2);
  writeFileSync(join(root, "l10n", "bundle.l10n.json"), `${texts}\n`);
}
