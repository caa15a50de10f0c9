/** Where things are: folders of the clone and of the user's cache. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";

export const root = resolve(import.meta.dirname, "..", "..");
export const dist = join(root, "dist");
export const venv = join(root, ".venv");
/** Inside `.venv`, so that nothing else has to be ignored or removed. */
export const projectVenv = join(venv, "projects");
export const pluginVenv = join(venv, "plugins");
export const auditVenv = join(venv, "audit");
export const benchVenv = join(venv, "bench");

/** @param {string} environment a virtual environment */
export const pythonIn = (environment) =>
  process.platform === "win32"
    ? join(environment, "Scripts", "python.exe")
    : join(environment, "bin", "python");

export const venvPython = pythonIn(venv);
export const projectPython = pythonIn(projectVenv);
export const pluginPython = pythonIn(pluginVenv);
export const auditPython = pythonIn(auditVenv);
export const benchPython = pythonIn(benchVenv);
export const vsix = join(dist, "pytest-recall.vsix");

/** What is worth keeping between clones: VS Code itself, downloaded projects. */
export const userCache = join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "pytest-recall");
