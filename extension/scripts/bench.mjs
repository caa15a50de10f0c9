/** `npm run bench`: measures side by side, then draws the plots and writes the tables of docs/benchmarks.md. */
import { benchPython, root, venvPython } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { show } from "./processes.mjs";
import { ensureBenchPython, ensurePython } from "./python.mjs";

await runMain(async () => {
  await ensurePython();
  await ensureBenchPython();
  const args = process.argv.slice(2);
  const status = await show(venvPython, ["-m", "tests.bench", ...args], { cwd: root });
  // What is kept belongs to the full form.
  if (status !== 0 || args.includes("--quick") || args.includes("--help")) return status;
  const plotted = await show(benchPython, ["-m", "tests.bench.plots"], { cwd: root });
  return plotted || (await show(venvPython, ["-m", "tests.bench.tables"], { cwd: root }));
});
