/** Run the Python of `.venv` with the given arguments, after the set-up that it needs. */
import { spawnSync } from "node:child_process";

import { root, venvPython } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { ensurePython } from "./python.mjs";

try {
  await ensurePython();
  const { status } = spawnSync(venvPython, process.argv.slice(2), { cwd: root, stdio: "inherit" });
  process.exitCode = status ?? 1;
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
