/** Node and its packages: check the version, install what package-lock.json pins. */
import { join } from "node:path";

import { root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run, which } from "./processes.mjs";
import { contentsOf, stampedStep } from "./steps.mjs";

const oldest = { major: 20, minor: 19 };

export function checkNode() {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const isOld = major < oldest.major || (major === oldest.major && minor < oldest.minor);
  if (isOld) {
    throw new Problem(
      `Node ${String(oldest.major)}.${String(oldest.minor)} or newer is needed; this is ${process.versions.node}.`,
    );
  }
}

export async function ensureNodePackages() {
  checkNode();
  const lock = contentsOf([join(root, "package-lock.json")]);
  await stampedStep("npm packages", join(root, "node_modules", ".stamp"), lock, async (tell) => {
    // No package's install script is needed: esbuild's binary is a package of its own.
    await run(findNpm(), ["ci", "--ignore-scripts"], { cwd: root, tell });
  });
}

/** @returns {string} npm's program */
export function findNpm() {
  const npm = which(process.platform === "win32" ? ["npm.cmd"] : ["npm"]);
  if (npm === undefined)
    throw new Problem("npm is needed and was not found on the PATH; install it with Node.");
  return npm;
}
