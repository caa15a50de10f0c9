/** Passes on what the server writes to its standard error, each line at its own level. */

import { createInterface } from "node:readline";
import type { Readable } from "node:stream";

import type { LogOutputChannel } from "vscode";

/** `2026-11-20 15:05:10,504 INFO name: text`, as Python's logging writes it. */
const RECORD = /^[\d-]+ [\d:,]+ (DEBUG|INFO|WARNING|ERROR|CRITICAL) (.*)$/u;

type Level = "debug" | "info" | "warn" | "error";

const LEVELS: Readonly<Record<string, Level>> = {
  DEBUG: "debug",
  INFO: "info",
  WARNING: "warn",
  ERROR: "error",
  CRITICAL: "error",
};

export function logLines(stream: Readable, log: Pick<LogOutputChannel, Level>): void {
  // What follows a record without a level of its own, such as a traceback, belongs to it.
  let level: Level = "error";
  createInterface({ input: stream }).on("line", (line) => {
    const record = RECORD.exec(line);
    level = LEVELS[record?.[1] ?? ""] ?? level;
    log[level](record?.[2] ?? line);
  });
}
