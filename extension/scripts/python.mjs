/** The virtual environment `.venv`: find a Python, make the environment, install the pinned tools. */
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { auditVenv, benchVenv, pluginVenv, projectVenv, pythonIn, root, venv, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { run, tryRun } from "./processes.mjs";
import { stampedStep } from "./steps.mjs";

const pip = "pip==26.3";
const oldest = [3, 10];

/** The environment of our own tools and tests. */
export async function ensurePython() {
  await ensureEnvironment("Python environment .venv", venv, "dev", findPython);
}

/** The environment of the projects that tests, tour and `npm start` open: plain pytest, as a user has it. */
export async function ensureProjectPython() {
  await ensureEnvironment("Python environment of the sample", projectVenv, "projects", () =>
    Promise.resolve(venvPython),
  );
}

/** The environment of projects that have the plugins many projects have: xdist, asyncio, Django and others. */
export async function ensurePluginPython() {
  await ensureEnvironment("Python environment with plugins", pluginVenv, "plugins", () =>
    Promise.resolve(venvPython),
  );
}

/** What `npm run audit` asks PyPI with. */
export async function ensureAuditPython() {
  await ensureEnvironment("Python environment of the audit", auditVenv, "audit", () =>
    Promise.resolve(venvPython),
  );
}

/** What `npm run bench` draws its plots with. */
export async function ensureBenchPython() {
  await ensureEnvironment("Python environment of the plots", benchVenv, "bench", () =>
    Promise.resolve(venvPython),
  );
}

/**
 * @param {string} title
 * @param {string} folder
 * @param {string} group a dependency group of pyproject.toml
 * @param {() => Promise<string>} find the Python that makes the environment
 */
async function ensureEnvironment(title, folder, group, find) {
  const python = pythonIn(folder);
  const usable = await isUsable(python);
  // An environment whose Python has gone (an upgrade, a moved clone) is made anew.
  if (!usable) rmSync(folder, { recursive: true, force: true });
  const pyproject = readFileSync(join(root, "pyproject.toml"), "utf8");
  const inputs = [folder, pip, group, dependencyGroups(pyproject)];
  await stampedStep(title, join(folder, ".stamp"), inputs, async (tell) => {
    if (!usable) await makeEnvironment(await find(), folder);
    await run(python, ["-m", "pip", "install", "--upgrade", pip], { tell });
    await run(python, ["-m", "pip", "install", "--group", group], { cwd: root, tell });
  });
}

/**
 * @param {string} python
 * @param {string} folder
 */
async function makeEnvironment(python, folder) {
  const { status, output } = await tryRun(python, ["-m", "venv", folder]);
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  throw new Problem(
    `${python} cannot make virtual environments; on Debian and Ubuntu install python3-venv.`,
    output,
  );
}

/**
 * The part of pyproject.toml that decides what is installed.
 * @param {string} pyproject
 */
function dependencyGroups(pyproject) {
  return /^\[dependency-groups\]$.*?(?=^\[)/ms.exec(pyproject)?.[0] ?? pyproject;
}

/** @returns {Promise<string>} a Python that is new enough */
async function findPython() {
  const named = process.env["PYTHON"];
  if (named !== undefined && named !== "") {
    if (await isUsable(named)) return named;
    throw new Problem(`PYTHON is ${named}, which is no Python ${oldest.join(".")} or newer.`);
  }
  const versions = [13, 12, 11, 10, 14].map((minor) => `python3.${String(minor)}`);
  for (const name of ["python3", ...versions, "python"]) {
    if (await isUsable(name)) return name;
  }
  throw new Problem(
    `Python ${oldest.join(".")} or newer is needed and none was found; install one, or name it in the environment variable PYTHON.`,
  );
}

/** @param {string} python */
async function isUsable(python) {
  const check = `import sys; print("usable" if sys.version_info >= (${oldest.join(", ")}) else "old")`;
  const { output } = await tryRun(python, ["-c", check]);
  return output.includes("usable");
}
