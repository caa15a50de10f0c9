/** Build what is published: `npm run package` writes the .vsix, the wheel and the sdist into `dist/`. */
import { cpSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ensureBundle } from "./bundle.mjs";
import { ensureNodePackages } from "./node.mjs";
import { dist, root, venvPython, vsix } from "./paths.mjs";
import { Problem, runMain } from "./problem.mjs";
import { run } from "./processes.mjs";
import { ensurePython } from "./python.mjs";
import { contentsOf, stampedStep, step } from "./steps.mjs";

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
  "extension/media",
  "docs/images",
  "dist/extension.js",
  "dist/python",
];

/** The .vsix for tests and `npm start`, rebuilt when anything that goes into it has changed. */
export async function ensureVsix() {
  await ensureBundle();
  const inputs = contentsOf(contents.map((path) => join(root, path)));
  await stampedStep("Extension package (.vsix)", join(dist, ".stamp-vsix"), inputs, packageVsix);
}

/** @param {(text: string) => void} tell */
async function packageVsix(tell) {
  rmSync(vsix, { force: true });
  // vsce looks at every file below its folder, so it gets a folder without the thousands that stay out.
  const stage = join(dist, "stage");
  rmSync(stage, { recursive: true, force: true });
  for (const path of contents) cpSync(join(root, path), join(stage, path), { recursive: true });
  const vsce = join(root, "node_modules", "@vscode", "vsce", "vsce");
  // Everything is bundled, so no package of node_modules goes in.
  const args = ["package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
  const output = await run(process.execPath, [vsce, ...args, "--out", vsix], { cwd: stage, tell });
  rmSync(stage, { recursive: true });
  if (/warning/i.test(output)) throw new Problem("vsce has a warning, see above.", output);
}

async function packagePython() {
  for (const file of readdirSync(dist)) {
    if (/\.(whl|tar\.gz)$/.test(file)) rmSync(join(dist, file));
  }
  await step("Wheel and sdist", async (tell) => {
    // The build tools are those of .venv, pinned there, so nothing is downloaded.
    await run(venvPython, ["-m", "build", "--no-isolation", "--outdir", dist], { cwd: root, tell });
  });
  for (const leftover of ["build", "python_server/pytest_recall.egg-info"]) {
    rmSync(join(root, leftover), { recursive: true, force: true });
  }
}

async function main() {
  await ensurePython();
  await ensureNodePackages();
  await ensureVsix();
  await packagePython();
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const { version } = /** @type {{ version: string }} */ (manifest);
  renameSync(vsix, join(dist, `pytest-recall-${version}.vsix`));
  rmSync(join(dist, ".stamp-vsix"));
  const made = readdirSync(dist).filter((name) => /\.(vsix|whl|tar\.gz)$/.test(name));
  process.stdout.write(`\n${made.map((name) => `dist/${name}`).join("\n")}\n`);
}

if (process.argv[1] === import.meta.filename) await runMain(main);
