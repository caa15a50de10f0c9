/** The projects that tests, tour and `npm start` open: always copies, never the repository's own files. */
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { dist, projectPython, root, userCache, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run, tryRun } from "./processes.mjs";
import { step } from "./steps.mjs";

const sample = join(root, "tests", "projects", "sample");

/** This test of the sample is added after yesterday's run, so it is new. */
const newTest = join("tests", "test_vouchers.py");

/** Source releases whose tests are run; the groups of pyproject.toml install what is in them. */
const releases = { click: "click==8.5.1", itsdangerous: "itsdangerous==2.2.0", packaging: "packaging==26.4" };

/** A new folder for temporary files, whose name says whose it is. */
export function makeTemporaryFolder() {
  return mkdtempSync(join(tmpdir(), "pytest-recall-"));
}

/**
 * Copy a project of `tests/projects` as it is, never run.
 * @param {string} name
 * @param {string} target
 */
export function copyProject(name, target) {
  cpSync(join(root, "tests", "projects", name), target, { recursive: true, filter: isSource });
}

/**
 * Copy the sample as it is found in the morning: run yesterday with two failures, then given a new test.
 * @param {string} target
 */
export async function copySampleRunYesterday(target) {
  cpSync(sample, target, {
    recursive: true,
    filter: (source) => isSource(source) && source !== join(sample, newTest),
  });
  await runPytest(target, []);
  cpSync(join(sample, newTest), join(target, newTest));
}

/** @param {string} source */
const isSource = (source) => !/__pycache__|\.pytest_cache/.test(source);

/**
 * Run pytest with our plugin in *project*, as a user does in a terminal.
 * @param {string} project
 * @param {readonly string[]} args
 * @returns {Promise<string>} what pytest wrote
 */
export async function runPytest(project, args) {
  const env = { ...process.env, PYTHONPATH: join(dist, "python") };
  const plugin = ["-p", "pytest_recall.plugin"];
  const { status, output } = await tryRun(projectPython, ["-m", "pytest", ...plugin, ...args], {
    cwd: project,
    env,
  });
  // 1 says that tests failed, which is what the sample is for.
  if (status !== 0 && status !== 1)
    throw new Problem(`pytest ended with ${String(status)} in ${project}.`, output);
  return output;
}

/** @param {string} release such as `click==8.5.1` */
const releaseFolder = (release) => join(userCache, "projects", release.replace("==", "-"));

/**
 * A real project: click's source release, downloaded once per machine.
 * @returns {Promise<string>} the folder to copy from
 */
export async function ensureClick() {
  return ensureRelease(releases.click);
}

/** All of them. */
export async function ensureReleases() {
  for (const release of Object.values(releases)) await ensureRelease(release);
}

/** How `tests.faithful` is told where they are: `--source`, then `click=/home/ada/…`, and so on. */
export const releaseArguments = Object.entries(releases).flatMap(([name, release]) => [
  "--source",
  `${name}=${releaseFolder(release)}`,
]);

/** @param {string} release */
async function ensureRelease(release) {
  const home = releaseFolder(release);
  if (!existsSync(home)) await step(`Sources of ${release}`, (tell) => download(release, home, tell));
  return home;
}

/**
 * @param {string} release
 * @param {string} home
 * @param {(text: string) => void} tell
 */
async function download(release, home, tell) {
  const folder = makeTemporaryFolder();
  const partial = `${home}.partial-${String(process.pid)}`;
  try {
    const args = ["-m", "pip", "download", "--no-deps", "--no-binary", ":all:", "--dest", folder, release];
    await run(venvPython, args, { tell });
    const archive = readdirSync(folder).find((name) => name.endsWith(".tar.gz"));
    if (archive === undefined) throw new Problem(`pip brought no source release of ${release}.`);
    await run(venvPython, ["-m", "tarfile", "-e", join(folder, archive), partial]);
    mkdirSync(join(home, ".."), { recursive: true });
    renameSync(join(partial, archive.replace(".tar.gz", "")), home);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    rmSync(partial, { recursive: true, force: true });
  }
}
