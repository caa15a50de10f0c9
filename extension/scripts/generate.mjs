/**
 * `npm run generate` writes the TypeScript side of the protocol from the Python side,
 * README's tables from package.json, the notices of what is bundled, and the texts to translate from the code;
 * `--check` only compares the protocol.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { writeNotices } from "./notices.mjs";
import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { withTables } from "./readme.mjs";
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
  const readme = join(root, "README.md");
  const manifest = readManifest();
  const before = readFileSync(readme, "utf8");
  const after = withTables(before, /** @type {import("./readme.mjs").Manifest} */ (manifest));
  if (after !== before) writeFileSync(readme, after);
}

async function writeTexts() {
  const texts = JSON.stringify(await exportTexts(), undefined, 2);
  writeFileSync(join(root, "l10n", "bundle.l10n.json"), `${texts}\n`);
}
