/** `npm run format`: put every file into the form that `npm test` asks for. */
import { join } from "node:path";

import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { run } from "./processes.mjs";
import { setUpTools } from "./setup.mjs";

const prettier = join(root, "node_modules", "prettier", "bin", "prettier.cjs");

await runMain(async () => {
  await setUpTools();
  const commands = [
    [venvPython, "-m", "ruff", "check", "--fix", "--exit-zero"],
    [venvPython, "-m", "ruff", "format"],
    [process.execPath, prettier, "--write", "--log-level", "warn", "."],
  ];
  for (const [program = "", ...args] of commands)
    process.stdout.write(await run(program, args, { cwd: root }));
});
