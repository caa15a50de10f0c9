/** `npm run roundtrip`: imports what pytest writes about real projects, and compares it with the truth. */
import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { ensureReleases, releaseArguments } from "./projects.mjs";
import { ensureProjectPython, ensurePython } from "./python.mjs";

await runMain(async () => {
  await ensurePython();
  await ensureProjectPython();
  await ensureReleases();
  const form = ["--full", ...releaseArguments, ...process.argv.slice(2)];
  return show(venvPython, ["-m", "tests.roundtrip", ...form], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: "python_server" },
  });
});
