/** A Chromium for tests and tour: one that is there, or Debian's when we may install it. */
import { existsSync } from "node:fs";

import { installFromDebian } from "./debian.mjs";
import { Problem } from "./problem.mjs";
import { isExecutable, which } from "./processes.mjs";

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
  const otherwise = ", or name it in the environment variable CHROMIUM";
  await installFromDebian("Chromium or Chrome", ["chromium", "fonts-dejavu-core"], otherwise);
  const installed = findChromium();
  if (installed === undefined) throw new Problem("chromium was installed, but is not on the PATH.");
  return installed;
}

function findChromium() {
  return which(names) ?? places.find((place) => existsSync(place));
}
