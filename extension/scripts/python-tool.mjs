/** Runs one of our Python tools (`npm run conformance`, `npm run chaos`) after the set-up it needs. */
import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { ensurePython } from "./python.mjs";

await runMain(async () => {
  await ensurePython();
  return show(venvPython, process.argv.slice(2), { cwd: root });
});
