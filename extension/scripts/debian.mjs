/** Programs that tests need and that Debian and Ubuntu have: installed where we may, else asked for in one line. */
import { Problem } from "./problem.mjs";
import { run, which } from "./processes.mjs";
import { step } from "./steps.mjs";

/**
 * @param {string} name for people
 * @param {readonly string[]} packages the first one holds the program
 * @param {string} otherwise what else helps, as the end of a sentence; may be empty
 */
export async function installFromDebian(name, packages, otherwise = "") {
  const hasApt = which(["apt-get"]) !== undefined;
  if (!hasApt || process.getuid?.() !== 0) {
    const how = hasApt ? `sudo apt-get install -y ${packages[0] ?? ""}` : "your package manager";
    throw new Problem(`${name} is needed for this and was not found; install it with ${how}${otherwise}.`);
  }
  await step(name, async (tell) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, tell });
    await run("apt-get", ["install", "-y", "--no-install-recommends", ...packages], { env, tell });
  });
}
