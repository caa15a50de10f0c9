/** A .vsix that is the same to the byte whoever packs it, where and when. */
import { chmodSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";

/** The time of every file in a package, in seconds: 1980, where the time of zip archives begins. */
const moment = "315532800";

/**
 * Make a .vsix that depends on nothing but the names and contents of the files in *folder*.
 * @param {string} folder its modes are set
 * @param {string} target path of the .vsix
 * @param {import("./steps.mjs").Tell} [tell]
 */
export async function packVsix(folder, target, tell = () => undefined) {
  setModes(folder);
  const vsce = join(root, "node_modules", "@vscode", "vsce", "vsce");
  // Everything is bundled, so no package of node_modules goes in.
  const args = ["package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links"];
  // With a moment given vsce also sorts the files; it writes times of this zone, and sorts in this language.
  const env = { ...process.env, SOURCE_DATE_EPOCH: moment, TZ: "UTC", LC_ALL: "C" };
  const output = await run(process.execPath, [vsce, ...args, "--out", target], { cwd: folder, env, tell });
  if (/warning/i.test(output)) throw new Problem("vsce has a warning, see above.", output);
}

/** @param {string} folder whose files get plain modes, whatever the umask of the checkout was */
function setModes(folder) {
  for (const each of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    chmodSync(join(each.parentPath, each.name), each.isDirectory() ? 0o755 : 0o644);
  }
}
