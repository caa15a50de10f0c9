/**
 * `npm run audit`: ask npm and PyPI which faults they know of in the packages that we build with and carry.
 * The status is 0 for none, 1 for some, 2 when a registry could not be asked. It needs the network.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { npmAnswer, pipAnswer } from "./advisories.mjs";
import { ensureBundle, libs } from "./bundle.mjs";
import { findNpm } from "./node.mjs";
import { auditPython, root } from "./paths.mjs";
import { runMain } from "./problem.mjs";
import { tryRun } from "./processes.mjs";
import { ensureAuditPython } from "./python.mjs";
import { setUpTools } from "./setup.mjs";

async function askNpm() {
  const { output } = await tryRun(findNpm(), ["audit", "--json"], { cwd: root });
  return npmAnswer(output);
}

async function askPyPI() {
  const report = join(root, "build", "pip-audit.json");
  mkdirSync(join(report, ".."), { recursive: true });
  rmSync(report, { force: true });
  const args = ["--path", libs, "--format", "json", "--output", report, "--progress-spinner", "off"];
  const { output } = await tryRun(auditPython, ["-m", "pip_audit", ...args], { cwd: root });
  return pipAnswer(existsSync(report) ? readFileSync(report, "utf8") : "", output);
}

/**
 * @param {string} what
 * @param {import("./advisories.mjs").Answer} answer
 * @returns {number} the status for it
 */
function tell(what, answer) {
  switch (answer.kind) {
    case "none":
      process.stdout.write(`✓ ${what}: no fault is known\n`);
      return 0;
    case "known":
      process.stdout.write(`✗ ${what}:\n${answer.lines.map((line) => `    ${line}\n`).join("")}`);
      return 1;
    case "unasked":
      process.stdout.write(`? ${what}: could not be asked: ${answer.why}\n`);
      return 2;
  }
}

await runMain(async () => {
  await setUpTools();
  await ensureAuditPython();
  await ensureBundle();
  const statuses = [
    tell("npm packages (package-lock.json)", await askNpm()),
    tell("Python packages (those in the .vsix)", await askPyPI()),
  ];
  return statuses.includes(1) ? 1 : Math.max(...statuses);
});
