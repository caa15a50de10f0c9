/** Processes of this machine, as /proc tells: which run a script, which are alive. */
import { readFileSync } from "node:fs";

import { descendants } from "../../extension/scripts/processes.mjs";

/** Ids of the processes below *above* one of whose arguments ends with *script*, oldest first. */
export function processesOf(script: string, above: number): readonly number[] {
  return descendants(above)
    .filter((pid) => argumentsOf(pid).some((argument) => argument.endsWith(script)))
    .sort((a, b) => a - b);
}

export function isAlive(pid: number): boolean {
  const state = /^State:\s+(\w)/m.exec(readOr(`/proc/${String(pid)}/status`))?.[1];
  // A zombie has ended; only its parent has not asked yet.
  return state !== undefined && state !== "Z";
}

function argumentsOf(pid: number): readonly string[] {
  return readOr(`/proc/${String(pid)}/cmdline`).split("\0");
}

function readOr(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
