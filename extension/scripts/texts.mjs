/** The texts for people: those of package.json in package.nls.json, those of the code in `l10n/`. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { root } from "./paths.mjs";

/** @typedef {Record<string, string>} Texts */

/** A text of package.json that stands in package.nls.json. */
const REFERENCE = /^%([\w.]+)%$/;

/**
 * Read a JSON file of the repository.
 * @param {string} path
 * @returns {unknown}
 */
export function readJson(path) {
  return JSON.parse(readFileSync(join(root, path), "utf8"));
}

/** package.json as people see it in English. */
export function readManifest() {
  const texts = /** @type {Texts} */ (readJson("package.nls.json"));
  return filledIn(readJson("package.json"), texts);
}

/**
 * The same value with each `%key%` in it replaced by its text.
 * @param {unknown} value
 * @param {Texts} texts
 * @returns {unknown}
 */
function filledIn(value, texts) {
  if (typeof value === "string") return textOf(value, texts);
  if (Array.isArray(value)) return value.map((/** @type {unknown} */ one) => filledIn(one, texts));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, filledIn(one, texts)]));
}

/**
 * @param {string} value
 * @param {Texts} texts
 */
function textOf(value, texts) {
  const [, key] = REFERENCE.exec(value) ?? [];
  if (key === undefined) return value;
  const text = texts[key];
  if (text === undefined) throw new Error(`package.nls.json has no ${key}.`);
  return text;
}

/** The keys of package.nls.json that package.json uses, each once. */
export function usedKeys() {
  const keys = readFileSync(join(root, "package.json"), "utf8").matchAll(/"%([\w.]+)%"/g);
  return [...new Set([...keys].map(([, key = ""]) => key))];
}

/** What `l10n/bundle.l10n.json` has to hold: every text of the code, by its key. */
export async function exportTexts() {
  const { getL10nJson } = await import("@vscode/l10n-dev");
  const sources = join(root, "extension", "src");
  const names = readdirSync(sources, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".ts"),
  );
  const contents = names.map((name) => readFileSync(join(sources, name), "utf8"));
  // As one file: for each of them it would make everything ready anew.
  const found = await getL10nJson([
    { extension: ".ts", contents: contents.filter((one) => one.includes("l10n.t(")).join("\n") },
  ]);
  // In one order, whoever exports them.
  const sorted = Object.entries(found).sort(([one], [other]) => (one < other ? -1 : 1));
  return Object.fromEntries(sorted);
}
