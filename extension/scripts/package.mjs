/**
 * Build what is published: `npm run package` writes the .vsix, the wheel and the sdist into `dist/`.
 * Two builds of one commit are the same to the byte; `npm run package -- --twice` shows it.
 */
import { cpSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ensureBundle } from "./bundle.mjs";
import { ensureNodePackages } from "./node.mjs";
import { checkNotices } from "./notices.mjs";
import { dist, root, venvPython, vsix } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { run } from "./processes.mjs";
import { ensurePython } from "./python.mjs";
import { contentsOf, stampedStep, step } from "./steps.mjs";
import { packageTwice } from "./twice.mjs";
import { packVsix } from "./vsix.mjs";

/** @typedef {import("./steps.mjs").Tell} Tell */

/** What goes into the .vsix; `.vscodeignore` says the same to whoever calls vsce by hand. */
const contents = [
  "package.json",
  "package.nls.json",
  "package.nls.de.json",
  "l10n",
  ".vscodeignore",
  "README.md",
  "CHANGELOG.md",
  "LICENSE",
  "THIRD_PARTY_NOTICES.txt",
  "extension/media",
  "docs/images",
  "dist/extension.js",
  "dist/python",
];

/** The .vsix for tests and `npm start`, rebuilt when anything that goes into it has changed. */
export async function ensureVsix() {
  await ensureBundle();
  const inputs = contentsOf([...contents, "extension/scripts/vsix.mjs"].map((path) => join(root, path)));
  await stampedStep("Extension package (.vsix)", join(dist, ".stamp-vsix"), inputs, packageVsix);
}

/** @param {Tell} tell */
async function packageVsix(tell) {
  rmSync(vsix, { force: true });
  // vsce looks at every file below its folder, so it gets a folder without the thousands that stay out.
  const stage = join(dist, "stage");
  rmSync(stage, { recursive: true, force: true });
  for (const path of contents) cpSync(join(root, path), join(stage, path), { recursive: true });
  await packVsix(stage, vsix, tell);
  rmSync(stage, { recursive: true });
}

async function packagePython() {
  for (const file of readdirSync(dist)) {
    if (/\.(whl|tar\.gz)$/.test(file)) rmSync(join(dist, file));
  }
  const script = join(root, "extension", "scripts", "package_python.py");
  await step("Wheel and sdist", async (tell) => {
    await run(venvPython, [script, dist], { cwd: root, tell });
  });
}

async function main() {
  await ensurePython();
  await ensureNodePackages();
  await checkNotices();
  await ensureVsix();
  await packagePython();
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { version } = /** @type {{ version: string }} */ (manifest);
  renameSync(vsix, join(dist, `pytest-recall-${version}.vsix`));
  rmSync(join(dist, ".stamp-vsix"));
  const made = readdirSync(dist).filter((name) => /\.(vsix|whl|tar\.gz)$/.test(name));
  process.stdout.write(`\n${made.map((name) => `dist/${name}`).join("\n")}\n`);
  if (process.argv.includes("--twice")) await packageTwice(made);
}

if (process.argv[1] === import.meta.filename) await runMain(main);
