/** A Chromium for tests and tour: one that is there, or Debian's when we may install it. */
import { existsSync } from "node:fs";

import { Problem } from "./problem.mjs";
import { isExecutable, run, which } from "./processes.mjs";
import { step } from "./steps.mjs";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
const places = [
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
];

/** @returns {Promise<string>} the path of the browser's program */
export async function ensureChromium() {
  const named = process.env["CHROMIUM"];
  if (named !== undefined && named !== "") {
    if (isExecutable(named)) return named;
    throw new Problem(`CHROMIUM is ${named}, which is no program.`);
  }
  const found = findChromium();
  if (found !== undefined) return found;
  await installChromium();
  const installed = findChromium();
  if (installed === undefined) throw new Problem("chromium was installed, but is not on the PATH.");
  return installed;
}

function findChromium() {
  return which(names) ?? places.find((place) => existsSync(place));
}

async function installChromium() {
  const hasApt = which(["apt-get"]) !== undefined;
  if (!hasApt || process.getuid?.() !== 0) {
    const how = hasApt ? "sudo apt-get install -y chromium" : "your package manager";
    throw new Problem(
      `Chromium or Chrome is needed for this and was not found; install it with ${how}, or name it in the environment variable CHROMIUM.`,
    );
  }
  await step("Chromium", async (tell) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update"], { env, tell });
    await run("apt-get", ["install", "-y", "--no-install-recommends", "chromium", "fonts-dejavu-core"], {
      env,
      tell,
    });
  });
}
