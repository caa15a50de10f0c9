/** Fill `dist/` with what the extension runs: its own code in one file, the Python it starts. */
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { dist, root, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";
import { contentsOf, stampedStep } from "./steps.mjs";

/** @typedef {import('./steps.mjs').Tell} Tell */

const python = join(dist, "python");
export const libs = join(python, "libs");
/** What esbuild says of its bundle; it stays out of the .vsix. */
const metafile = join(dist, "extension.meta.json");
const sources = join(root, "python_server");
const packages = ["pytest_recall", "pytest_recall_server"];

export async function ensureBundle() {
  await ensureExtension();
  await ensureLibraries();
  await ensureServer();
}

async function ensureExtension() {
  const inputs = ["extension/src", "package-lock.json", "extension/scripts/bundle.mjs"];
  const stamp = join(dist, ".stamp-extension");
  await stampedStep(
    "Extension bundle",
    stamp,
    contentsOf(inputs.map((path) => join(root, path))),
    async () => {
      const { build } = await import("esbuild");
      const { metafile: meta } = await build({
        // Where the checkout lies is no part of what is built.
        absWorkingDir: root,
        entryPoints: [join(root, "extension", "src", "extension.ts")],
        outfile: join(dist, "extension.js"),
        bundle: true,
        minify: true,
        platform: "node",
        format: "cjs",
        target: "node18",
        external: ["vscode"],
        logLevel: "warning",
        metafile: true,
      });
      writeFileSync(metafile, JSON.stringify(meta));
    },
  );
}

/** The folders of the npm packages that esbuild has put into `dist/extension.js`. */
export function bundledModules() {
  /** @type {unknown} */
  const meta = JSON.parse(readFileSync(metafile, "utf8"));
  const { inputs } = /** @type {import("esbuild").Metafile} */ (meta);
  const folders = Object.keys(inputs).map(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(path)?.[0] ?? "",
  );
  return [...new Set(folders)].filter((folder) => folder !== "").map((folder) => join(root, folder));
}

async function ensureLibraries() {
  const pyproject = readFileSync(join(root, "pyproject.toml"), "utf8");
  const group = /^bundled = \[.*?^\]/ms.exec(pyproject)?.[0];
  if (group === undefined) throw new Problem('pyproject.toml has no dependency group "bundled".');
  await stampedStep(
    "Libraries of the server",
    join(dist, ".stamp-libs"),
    [group, "no stubs, no records"],
    async (tell) => {
      rmSync(libs, { recursive: true, force: true });
      // One bundle serves every Python, so no dependency may be left out by a marker of this one.
      const args = [
        "--group",
        "bundled",
        "--target",
        libs,
        "--no-deps",
        "--no-compile",
        "--only-binary",
        ":all:",
      ];
      await run(venvPython, ["-m", "pip", "install", ...args], { cwd: root, tell });
      rmSync(join(libs, "bin"), { recursive: true, force: true });
      removeStubs();
      removeRecords();
      checkPure();
    },
  );
}

/** Types are for those who write programs, and not for what runs. */
function removeStubs() {
  for (const file of readdirSync(libs, { recursive: true, encoding: "utf8" })) {
    if (file.endsWith(".pyi")) rmSync(join(libs, file));
  }
}

/** What pip notes of an installation: no longer true of what is left, and nobody uninstalls from here. */
function removeRecords() {
  for (const file of readdirSync(libs, { recursive: true, encoding: "utf8" })) {
    if (/\.dist-info[\\/](RECORD|INSTALLER|REQUESTED)$/.test(file)) rmSync(join(libs, file));
  }
}

function checkPure() {
  const files = readdirSync(libs, { recursive: true, encoding: "utf8" });
  const compiled = files.filter((file) => /\.(so|pyd|dylib)$/.test(file));
  if (compiled.length > 0) {
    throw new Problem(`The bundled libraries must be pure Python; these are not: ${compiled.join(", ")}`);
  }
}

async function ensureServer() {
  await stampedStep("Server", join(dist, ".stamp-server"), contentsOf([sources]), async () => {
    for (const name of packages) copyPackage(name);
    cpSync(join(sources, "start_server.py"), join(python, "start_server.py"));
    await Promise.resolve();
  });
}

/** @param {string} name */
function copyPackage(name) {
  const target = join(python, name);
  rmSync(target, { recursive: true, force: true });
  mkdirSync(target, { recursive: true });
  if (!existsSync(join(sources, name))) throw new Problem(`python_server/${name} is missing.`);
  cpSync(join(sources, name), target, {
    recursive: true,
    filter: (source) => !/__pycache__|\.pyc$/.test(source),
  });
}
