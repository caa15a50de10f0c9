/** Steps of the set-up: shown while they run, skipped while their inputs stay the same. */
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** @typedef {(text: string) => void} Tell shows the latest line of a running step */

const isTerminal = process.stdout.isTTY;
const spinner = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏";

/**
 * Show *title* with the seconds it has taken while *work* runs.
 * @template T
 * @param {string} title
 * @param {(tell: Tell) => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const begin = performance.now();
  const seconds = () => (performance.now() - begin) / 1000;
  const stop = isTerminal ? spin(title, seconds) : tick(title, seconds);
  try {
    const result = await work(stop.tell);
    stop();
    process.stdout.write(`✓ ${title} (${seconds().toFixed(1)} s)\n`);
    return result;
  } catch (error) {
    stop();
    process.stdout.write(`✗ ${title} (${seconds().toFixed(1)} s)\n`);
    throw error;
  }
}

/**
 * Redraw one line of a terminal: a turning mark, the seconds, the tool's latest line.
 * @param {string} title
 * @param {() => number} seconds
 */
function spin(title, seconds) {
  let latest = "";
  let frame = 0;
  const timer = setInterval(() => {
    frame = (frame + 1) % spinner.length;
    const line = `${spinner.charAt(frame)} ${title} ${seconds().toFixed(0)} s  ${latest}`;
    process.stdout.write(`\r\u001b[K${line.slice(0, (process.stdout.columns || 80) - 1)}`);
  }, 100);
  const stop = () => {
    clearInterval(timer);
    process.stdout.write("\r\u001b[K");
  };
  return Object.assign(stop, { tell: (/** @type {string} */ text) => void (latest = text) });
}

/**
 * Without a terminal: a line at the start and one every ten seconds, so that a log shows life.
 * @param {string} title
 * @param {() => number} seconds
 */
function tick(title, seconds) {
  let latest = "";
  process.stdout.write(`· ${title} …\n`);
  const timer = setInterval(() => {
    process.stdout.write(`  … ${seconds().toFixed(0)} s  ${latest.slice(0, 100)}\n`);
  }, 10_000);
  return Object.assign(
    () => {
      clearInterval(timer);
    },
    { tell: (/** @type {string} */ text) => void (latest = text) },
  );
}

/**
 * Do *work* unless *stamp* says that it was done with the same *inputs*.
 * The stamp is written last, so an interrupted step is done again.
 * @param {string} title
 * @param {string} stamp path of the stamp file
 * @param {readonly string[]} inputs texts that decide the result
 * @param {(tell: Tell) => Promise<void>} work
 */
export async function stampedStep(title, stamp, inputs, work) {
  const hash = hashTexts(inputs);
  if (readOr(stamp, "") === hash) return;
  await step(title, work);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, hash);
}

/** @param {readonly string[]} texts */
function hashTexts(texts) {
  const hash = createHash("sha256");
  for (const text of texts) hash.update(`${String(text.length)}:`).update(text);
  return hash.digest("hex");
}

/**
 * Names and contents of every file below *paths*, for a stamp; what does not exist counts as empty.
 * @param {readonly string[]} paths files or folders
 * @returns {string[]}
 */
export function contentsOf(paths) {
  return paths.flatMap((path) => listFiles(path).flatMap((file) => [file, readOr(file, "")]));
}

/**
 * @param {string} path
 * @returns {string[]} the file itself, or every file below the folder, sorted
 */
function listFiles(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat === undefined) return [];
  if (!stat.isDirectory()) return [path];
  return readdirSync(path)
    .filter((name) => name !== "__pycache__")
    .sort()
    .flatMap((name) => listFiles(join(path, name)));
}

/**
 * @param {string} path
 * @param {string} fallback
 */
function readOr(path, fallback) {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return fallback;
  }
}
