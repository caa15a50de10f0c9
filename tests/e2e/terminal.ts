/** pytest as a user types it into a terminal: without our plugin. */
import { execFile } from "node:child_process";

import { projectPython } from "../../extension/scripts/paths.mjs";

/** Run stock pytest in *project* and return what it wrote; tests that fail are no error. */
export async function stockPytest(project: string, args: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    execFile(projectPython, ["-m", "pytest", ...args], { cwd: project }, (error, stdout, stderr) => {
      // Where stepwise stops a run, pytest calls it interrupted.
      if (error === null || error.code === 1 || error.code === 2) resolve(stdout);
      else reject(new Error(`pytest ended with ${String(error.code)}:\n${stdout}${stderr}`));
    });
  });
}
