/** The licences of other people's packages: read from the packages, refused where we must not bundle, written out. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { root } from "./paths.mjs";
import { Problem } from "./problem.mjs";

/** @typedef {{ name: string, version: string, license: string, texts: readonly string[] }} Notice */

/** Licences that let us hand a package on as we do: with its text, and without terms for our own code. */
const permissive = [
  "0BSD",
  "Apache-2.0",
  "BlueOak-1.0.0",
  "BSD-2-Clause",
  "BSD-3-Clause",
  "ISC",
  "MIT",
  "PSF-2.0",
];

/** How older metadata of Python names them. */
const classifiers = new Map([["MIT License", "MIT"]]);

/** Whose copyright it is in packages under MIT that leave its text out; their repositories have it. */
const holders = new Map([["@vscode/l10n", "Microsoft Corporation"]]);

const head = `Pytest Recall for VS Code carries the packages below.
Each is under its own licence, which follows its name.
The wheel and the source distribution of Pytest Recall carry none of them.
`;

/**
 * @param {readonly Notice[]} notices
 * @throws {Problem} for a package whose licence is not among those that were looked at, or that brings no text of it
 */
export function noticesOf(notices) {
  const sorted = [...notices].sort((one, other) => (one.name < other.name ? -1 : 1));
  return [head, ...sorted.map(section)].join("\n");
}

/** @param {Notice} notice */
function section({ name, version, license, texts }) {
  if (!permissive.includes(license))
    throw new Problem(
      `${name} ${version} is under "${license}"; see whether it may be bundled, then add it in licences.mjs.`,
    );
  if (texts.length === 0) throw new Problem(`${name} ${version} brings no text of its licence (${license}).`);
  const bodies = texts.map((text) => `${text.replace(/\r\n/g, "\n").trim()}\n`);
  return [`${"=".repeat(80)}\n${name} ${version} (${license})\n${"=".repeat(80)}\n`, ...bodies].join("\n");
}

/**
 * @param {string} folder of a package of npm
 * @returns {Notice}
 */
export function npmNotice(folder) {
  /** @type {unknown} */
  const manifest = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const { name, version, license } = /** @type {{ name: string, version: string, license?: string }} */ (
    manifest
  );
  const texts = licenceTexts(folder);
  const holder = holders.get(name);
  if (texts.length === 0 && license === "MIT" && holder !== undefined) texts.push(mitOf(holder));
  return { name, version, license: license ?? "", texts };
}

/** The text of MIT, as we are under it too. @param {string} holder */
function mitOf(holder) {
  return read(join(root, "LICENSE")).replace(/^Copyright .*$/m, `Copyright (c) ${holder}`);
}

/**
 * @param {string} folder the `.dist-info` of a package of Python
 * @returns {Notice}
 */
export function pythonNotice(folder) {
  const metadata = read(join(folder, "METADATA")).split(/\r?\n\r?\n/)[0] ?? "";
  const field = (/** @type {string} */ name) => new RegExp(`^${name}: *(.*)$`, "m").exec(metadata)?.[1];
  const classifier = /^Classifier: License :: OSI Approved :: (.*)$/m.exec(metadata)?.[1];
  const license = field("License-Expression") ?? field("License") ?? classifiers.get(classifier ?? "");
  const texts = licenceTexts(join(folder, "licenses"));
  return { name: field("Name") ?? "", version: field("Version") ?? "", license: license ?? "", texts };
}

/** @param {string} folder */
function licenceTexts(folder) {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /^(licen[cs]e|notice|copying|thirdparty)/i.test(name));
  return names.sort().map((name) => read(join(folder, name)));
}

/** @param {string} path */
const read = (path) => readFileSync(path, "utf8");
