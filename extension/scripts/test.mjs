/**
 * `npm test`: run every check, all of them even when one fails, and add up the results.
 * `npm test -- lint|python|editors|extension|e2e [PATTERN…]` runs one part, or what the patterns choose of it.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";

import { ensureChromium } from "./chromium.mjs";
import { ensureEditors } from "./editors.mjs";
import { root, venv, venvPython } from "./paths.mjs";
import { forPytest, narrowed } from "./patterns.mjs";
import { Problem, runMain, tell } from "./problem.mjs";
import { show } from "./processes.mjs";
import { ensureClick, ensureReleases, releaseArguments } from "./projects.mjs";
import { setUpTools, setUpVsCode } from "./setup.mjs";

const results = join(root, "test-results");
const pytestReport = join(results, "pytest.xml");
const editorsReport = join(results, "editors.xml");
const unitReport = join(results, "unit.tap");
const e2eReport = join(results, "e2e.json");

/** @typedef {{ passed: number, failed: number, skipped: number }} Counts */
/** @typedef {Counts & { title: string, seconds: number }} Outcome */

/**
 * One check: a command, and where it leaves its counts (a check without a report counts as one).
 * @typedef {object} Check
 * @property {string} title
 * @property {string} part
 * @property {readonly string[]} command
 * @property {NodeJS.ProcessEnv} [env]
 * @property {() => Promise<unknown>} [prepare] what it needs that other checks do not
 * @property {() => Counts} [count]
 * @property {(patterns: readonly string[]) => readonly string[]} [choose] further arguments: its tests for the patterns, all for none
 */

/** @param {string[]} args */
const python = (...args) => [venvPython, "-m", ...args];

/**
 * @param {string} path a script below node_modules
 * @param {string[]} args
 */
const node = (path, ...args) => [process.execPath, join(root, "node_modules", path), ...args];

const sources = { PYTHONPATH: join(root, "python_server") };
const lintImports = join(
  venv,
  process.platform === "win32" ? "Scripts/lint-imports.exe" : "bin/lint-imports",
);
const generator = join(root, "extension", "scripts", "generate_protocol.py");
const typescript = "typescript/bin/tsc";

/**
 * Every check, in the order in which they run: the quick ones first.
 * @returns {Check[]}
 */
function allChecks() {
  return [
    { title: "ruff check", part: "lint", command: python("ruff", "check") },
    { title: "ruff format", part: "lint", command: python("ruff", "format", "--check") },
    { title: "mypy", part: "lint", command: python("mypy") },
    { title: "import layers", part: "lint", command: [lintImports], env: sources },
    {
      title: "prettier",
      part: "lint",
      command: node("prettier/bin/prettier.cjs", "--check", "--log-level", "warn", "."),
    },
    { title: "eslint", part: "lint", command: node("eslint/bin/eslint.js", "--max-warnings=0", ".") },
    { title: "tsc extension", part: "lint", command: node(typescript, "-p", ".") },
    { title: "tsc scripts", part: "lint", command: node(typescript, "-p", "extension/scripts") },
    { title: "tsc e2e", part: "lint", command: node(typescript, "-p", "tests/e2e") },
    { title: "protocol up to date", part: "lint", command: [venvPython, generator, "--check"], env: sources },
    {
      title: "notices up to date",
      part: "lint",
      command: [process.execPath, join(root, "extension", "scripts", "notices.mjs"), "--check"],
    },
    {
      title: "Python tests",
      part: "python",
      command: python("pytest", "-n", "2", `--junit-xml=${pytestReport}`),
      choose: forPytest,
      count: () => countPytest(pytestReport),
    },
    {
      title: "pytest's own tests",
      part: "python",
      command: python("tests.conformance", "--versions", "9.2.0"),
    },
    { title: "chaos", part: "python", command: python("tests.chaos", "--short") },
    {
      title: "faithful",
      part: "python",
      command: python("tests.faithful", "--short", ...releaseArguments),
      prepare: ensureReleases,
    },
    {
      title: "import round trips",
      part: "python",
      command: python("tests.roundtrip", "--short", ...releaseArguments),
      prepare: ensureReleases,
      env: sources,
    },
    {
      title: "other editors",
      part: "editors",
      command: python("pytest", "tests/editors", `--junit-xml=${editorsReport}`),
      prepare: ensureEditors,
      count: () => countPytest(editorsReport),
    },
    {
      title: "extension tests",
      part: "extension",
      command: [
        process.execPath,
        ...["--import", "tsx", "--test"],
        ...["--test-reporter=spec", "--test-reporter-destination=stdout"],
        ...["--test-reporter=tap", `--test-reporter-destination=${unitReport}`],
      ],
      choose: unitTests,
      count: countUnit,
    },
    {
      title: "end-to-end tests",
      part: "e2e",
      command: node("@playwright/test/cli.js", "test", "--config", "tests/e2e/playwright.config.ts"),
      choose: (patterns) => patterns,
      env: { PLAYWRIGHT_JSON_OUTPUT_FILE: e2eReport },
      count: countE2e,
    },
  ];
}

/**
 * Node 20 knows no patterns of test files, so they are listed here.
 * @param {readonly string[]} patterns
 */
function unitTests(patterns) {
  const folder = join(root, "tests", "extension");
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const tests = files.filter((file) => file.endsWith(".test.ts")).map((file) => join(folder, file));
  const chosen = narrowed(tests, patterns);
  if (chosen.length === 0) throw new Problem(`No file of tests/extension holds ${patterns.join(" or ")}.`);
  return chosen;
}

/**
 * @param {string} path a report in JUnit's form
 * @returns {Counts}
 */
function countPytest(path) {
  const suite = /<testsuite [^>]*>/.exec(readFileSync(path, "utf8"))?.[0] ?? "";
  const number = (/** @type {string} */ name) =>
    Number(new RegExp(`\\b${name}="(\\d+)"`).exec(suite)?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  return { passed: number("tests") - failed - number("skipped"), failed, skipped: number("skipped") };
}

/** @returns {Counts} */
function countUnit() {
  const report = readFileSync(unitReport, "utf8");
  const number = (/** @type {string} */ name) =>
    Number(new RegExp(`^# ${name} (\\d+)`, "m").exec(report)?.[1] ?? 0);
  const failed = number("fail") + number("cancelled");
  return { passed: number("pass"), failed, skipped: number("skipped") + number("todo") };
}

/** @returns {Counts} */
function countE2e() {
  /** @type {unknown} */
  const report = JSON.parse(readFileSync(e2eReport, "utf8"));
  const { stats } =
    /** @type {{ stats: Record<"expected" | "unexpected" | "flaky" | "skipped", number> }} */ (report);
  return { passed: stats.expected, failed: stats.unexpected + stats.flaky, skipped: stats.skipped };
}

/**
 * Run one check, showing what it says.
 * @param {Check} check
 * @returns {Promise<Outcome>}
 */
async function perform(check) {
  process.stdout.write(`\n── ${check.title} ${"─".repeat(60 - check.title.length)}\n`);
  const begin = performance.now();
  const counts = await counted(check);
  return { title: check.title, seconds: (performance.now() - begin) / 1000, ...counts };
}

/**
 * @param {Check} check
 * @returns {Promise<Counts>}
 */
async function counted(check) {
  const status = await outcome(check);
  const counts = (check.count && tryCount(check.count)) ?? {
    passed: status === 0 ? 1 : 0,
    failed: 0,
    skipped: 0,
  };
  // A tool may fail without a failing test: nothing collected, a crash, a warning.
  const failed = status !== 0 && counts.failed === 0 ? 1 : counts.failed;
  return { ...counts, failed };
}

/**
 * The status of the check's command; what it cannot be prepared for is shown and counts as failed.
 * @param {Check} check
 */
async function outcome(check) {
  const [program = "", ...args] = check.command;
  try {
    return await show(program, args, { cwd: root, env: { ...process.env, ...(await environment(check)) } });
  } catch (error) {
    tell(error);
    return 1;
  }
}

/** @param {() => Counts} count */
function tryCount(count) {
  try {
    return count();
  } catch {
    return undefined;
  }
}

/**
 * What only the end-to-end tests need is prepared only for them: the other checks run without a browser.
 * @param {Check} check
 * @returns {Promise<NodeJS.ProcessEnv>}
 */
async function environment(check) {
  await check.prepare?.();
  if (check.part !== "e2e") return { ...check.env };
  await setUpVsCode();
  await ensureClick();
  return { ...check.env, CHROMIUM: await ensureChromium() };
}

/** @param {readonly Outcome[]} done */
function report(done) {
  process.stdout.write("\n");
  for (const { title, seconds, passed, failed, skipped } of done) {
    const mark = failed === 0 ? "✓" : "✗";
    const counts = `${String(passed)} passed, ${String(failed)} failed${skipped > 0 ? `, ${String(skipped)} skipped` : ""}`;
    process.stdout.write(
      `${mark} ${title.padEnd(22)} ${`${seconds.toFixed(1)} s`.padStart(8)}   ${counts}\n`,
    );
  }
  const sum = (/** @type {"passed" | "failed"} */ key) => done.reduce((total, each) => total + each[key], 0);
  process.stdout.write(`\n${String(sum("passed"))} passed, ${String(sum("failed"))} failed\n`);
  return sum("failed") === 0 ? 0 : 1;
}

/**
 * @param {string | undefined} part undefined for all
 * @param {readonly string[]} patterns
 * @returns {readonly Check[]}
 */
function chosenChecks(part, patterns) {
  const checks = allChecks().filter((check) => part === undefined || check.part === part);
  if (checks.length === 0)
    throw new Problem(`There is no part "${String(part)}"; there are lint, python, editors, extension, e2e.`);
  const narrow = patterns.length === 0 ? checks : checks.filter(({ choose }) => choose !== undefined);
  if (narrow.length === 0) throw new Problem(`The part "${String(part)}" is run as a whole.`);
  return narrow.map((check) => ({
    ...check,
    command: [...check.command, ...(check.choose?.(patterns) ?? [])],
  }));
}

async function main() {
  const [part, ...patterns] = process.argv.slice(2);
  const checks = chosenChecks(part, patterns);
  await setUpTools();
  rmSync(results, { recursive: true, force: true });
  mkdirSync(results, { recursive: true });
  /** @type {Outcome[]} */
  const done = [];
  for (const check of checks) done.push(await perform(check));
  return report(done);
}

await runMain(main);
