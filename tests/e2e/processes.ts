/** Processes of this machine, as /proc tells: which run a script, which are alive. */
import { readFileSync, readdirSync } from "node:fs";

/** Ids of the processes one of whose arguments ends with *script*, oldest first. */
export function processesOf(script: string): readonly number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
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
