/** `npm run generate` writes the TypeScript side of the protocol from the Python side; `--check` only compares. */
import { join } from "node:path";

import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { setUpTools } from "./setup.mjs";

await runMain(async () => {
  await setUpTools();
  const script = join(root, "extension", "scripts", "generate_protocol.py");
  const env = { ...process.env, PYTHONPATH: join(root, "python_server") };
  return show(venvPython, [script, ...process.argv.slice(2)], { cwd: root, env });
});
