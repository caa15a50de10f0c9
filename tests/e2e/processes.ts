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

/** Clock ticks a second, in which /proc counts; Linux fixes it for programs. */
const TICKS = 100;

const KINDS: readonly (readonly [RegExp, string])[] = [
  [/--type=renderer/u, "page"],
  [/--type=gpu-process/u, "drawing"],
  [/chrom|headless/u, "browser"],
  [/start_server\.py/u, "language server"],
  [/--type=extensionHost/u, "extensions"],
  [/server-main\.js/u, "VS Code"],
  [/pytest/u, "pytest"],
];

/** CPU seconds that the processes below *above* have used by now, by kind; those that have ended count no more. */
export function cpuSeconds(above: number): ReadonlyMap<string, number> {
  const used = new Map<string, number>();
  for (const pid of descendants(above)) {
    const words = argumentsOf(pid).join(" ");
    const kind = KINDS.find(([pattern]) => pattern.test(words))?.[1] ?? "other";
    // After the name in parentheses, which may hold anything: the 14th and 15th field of all.
    const fields =
      readOr(`/proc/${String(pid)}/stat`)
        .split(") ")
        .at(-1)
        ?.split(" ") ?? [];
    const ticks = Number(fields[11] ?? 0) + Number(fields[12] ?? 0);
    used.set(kind, (used.get(kind) ?? 0) + ticks / TICKS);
  }
  return used;
}
