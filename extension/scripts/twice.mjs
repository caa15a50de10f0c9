/** `npm run package -- --twice`: build once more from another checkout, under other conditions, and compare bytes. */
import { createHash } from "node:crypto";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { dist, root } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run } from "./processes.mjs";
import { makeTemporaryFolder } from "./projects.mjs";
import { step } from "./steps.mjs";

/** What must not show in a package. */
const umask = 0o077;
const conditions = { TZ: "Asia/Kolkata", LANG: "sv_SE.UTF-8", PYTHONHASHSEED: "4711" };

/**
 * @param {readonly string[]} names the packages in `dist/`
 * @throws {Problem} when one of them is not the same to the byte
 */
export async function packageTwice(names) {
  const changes = await run("git", ["status", "--porcelain"], { cwd: root });
  if (changes !== "") throw new Problem("Only what is committed can be built twice; commit first.", changes);
  const folder = makeTemporaryFolder();
  const before = process.umask(umask);
  try {
    const other = join(folder, "another checkout");
    await run("git", ["clone", "--quiet", root, other]);
    await step("The same from another checkout", async (tell) => {
      const env = { ...process.env, ...conditions };
      await run(process.execPath, [join(other, "extension", "scripts", "package.mjs")], { env, tell });
    });
    for (const name of names) compare(name, join(other, "dist"));
  } finally {
    process.umask(before);
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {string} name
 * @param {string} other the folder of the second build
 */
function compare(name, other) {
  const [first, second] = [dist, other].map((folder) => sha256(join(folder, name)));
  if (first !== second) throw new Problem(`${name} differs between two builds of one commit.`);
  process.stdout.write(`${String(first)}  dist/${name}\n`);
}

/** @param {string} path */
const sha256 = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
