/** `npm run faithful`: runs through the server beside plain runs, with the environments and sources they need. */
import { root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { ensureReleases, releaseArguments } from "./projects.mjs";
import { ensurePluginPython, ensureProjectPython, ensurePython } from "./python.mjs";

await runMain(async () => {
  await ensurePython();
  await ensureProjectPython();
  await ensurePluginPython();
  await ensureReleases();
  const form = ["--full", ...releaseArguments, ...process.argv.slice(2)];
  return show(venvPython, ["-m", "tests.faithful", ...form], { cwd: root });
});
