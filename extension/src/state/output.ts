/** What a test printed and logged, as text for people. */

import type { Record } from "../client/protocol.generated";

const SOURCES = [
  ["stdout", "Captured stdout"],
  ["stderr", "Captured stderr"],
  ["log", "Captured log"],
] as const;

/** The captured output of a test under pytest's own titles; null where there is none. */
export function outputOf(record: Pick<Record, "stdout" | "stderr" | "log">): string | null {
  const parts = SOURCES.flatMap(([name, title]) => {
    const text = record[name] ?? "";
    return text === "" ? [] : [`----- ${title} -----\n${text.replace(/\n$/u, "")}`];
  });
  return parts.length === 0 ? null : parts.join("\n");
}
