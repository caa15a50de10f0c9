/**
 * `THIRD_PARTY_NOTICES.txt`: what the .vsix carries that others have written, with their licences,
 * made from what is really bundled. `npm run generate` writes it; `node notices.mjs --check` compares.
 */
import { existsSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { bundledModules, ensureBundle, libs } from "./bundle.mjs";
import { noticesOf, npmNotice, pythonNotice } from "./licences.mjs";
import { root } from "./paths.mjs";
import { Problem, runMain } from "./problem.mjs";

const file = join(root, "THIRD_PARTY_NOTICES.txt");

export async function writeNotices() {
  const text = await currentNotices();
  if (read(file) !== text) writeFileSync(file, text);
}

/** @throws {Problem} when the file is another than what is bundled asks for */
export async function checkNotices() {
  if (read(file) !== (await currentNotices()))
    throw new Problem("THIRD_PARTY_NOTICES.txt is not that of what is bundled; run: npm run generate");
}

async function currentNotices() {
  await ensureBundle();
  return noticesOf([...bundledModules().map(npmNotice), ...distributions(libs).map(pythonNotice)]);
}

/** @param {string} folder that pip has installed into */
function distributions(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".dist-info"))
    .map((name) => join(folder, name));
}

/** @param {string} path */
const read = (path) => (existsSync(path) ? readFileSync(path, "utf8") : "");

if (process.argv[1] === import.meta.filename) {
  await runMain(process.argv.includes("--check") ? checkNotices : writeNotices);
}
