/** What follows the part in `npm test -- PART PATTERN…`, in the words of the part's own runner. */
import { existsSync } from "node:fs";
import { join, relative } from "node:path";

import { root } from "./paths.mjs";

/**
 * Files, node ids and options go to pytest as they are; other words are what `-k` looks for.
 * @param {readonly string[]} patterns
 * @returns {readonly string[]} arguments of pytest
 */
export function forPytest(patterns) {
  if (patterns.some((pattern) => pattern.startsWith("-"))) return patterns;
  const isPath = (/** @type {string} */ pattern) => existsSync(join(root, pattern.split("::")[0] ?? ""));
  const words = patterns.filter((pattern) => !isPath(pattern));
  return [...patterns.filter(isPath), ...(words.length === 0 ? [] : ["-k", words.join(" or ")])];
}

/**
 * The files whose path in the clone holds one of *patterns*; all without a pattern.
 * @param {readonly string[]} files absolute paths
 * @param {readonly string[]} patterns
 */
export function narrowed(files, patterns) {
  if (patterns.length === 0) return files;
  return files.filter((file) => patterns.some((pattern) => relative(root, file).includes(pattern)));
}
