import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { root } from "../../extension/scripts/paths.mjs";
import { descendants } from "../../extension/scripts/processes.mjs";
import { expect, test } from "./fixtures.ts";
import { isAlive, processesOf } from "./processes.ts";

/** When the interruption comes: with the first temporary folder, or with the server. */
const moments = {
  "as soon as there is a folder": (_pid: number, folder: string) => readdirSync(folder).length > 0,
  "once VS Code is started": (pid: number) => processesOf("server-main.js", pid).length > 0,
};

for (const [what, args] of [
  ["npm start", []],
  ["the tour", ["--tour"]],
] as const) {
  for (const [moment, hasCome] of Object.entries(moments)) {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      test(`${what} leaves nothing behind at ${signal}, ${moment}`, async ({ project }) => {
        mkdirSync(project, { recursive: true });
        const script = join(root, "extension", "scripts", "start.mjs");
        const env = { ...process.env, TMPDIR: project };
        // Only the script itself is told, as a supervisor does it; a terminal tells all its programs.
        const child = spawn(process.execPath, [script, ...args], { env, cwd: root, stdio: "ignore" });
        const pid = child.pid ?? 0;
        await expect.poll(() => hasCome(pid, project), { intervals: [20] }).toBe(true);
        const below = descendants(pid);

        const ended = once(child, "exit");
        child.kill(signal);
        await ended;

        expect(below.filter(isAlive).map(commandOf)).toEqual([]);
        expect(readdirSync(project).filter((name) => name.startsWith("pytest-recall-"))).toEqual([]);
      });
    }
  }
}

function commandOf(pid: number): string {
  return readFileSync(`/proc/${String(pid)}/cmdline`, "utf8").replaceAll("\0", " ");
}
