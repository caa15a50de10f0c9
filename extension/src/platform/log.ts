/** The one place that is written to when something goes wrong. */

import { window, type LogOutputChannel } from "vscode";

import type { LastLines } from "../state/lastLines";

export type Log = Pick<LogOutputChannel, "info" | "warn" | "error" | "show">;

type Level = "debug" | "info" | "warn" | "error";

/** VS Code's channel cannot be read, so `lines` keeps what is written to it. */
export function createLog(lines: LastLines): LogOutputChannel {
  const channel = window.createOutputChannel("Pytest Recall", { log: true });
  const kept = (level: Level): PropertyDescriptor => ({
    value: (message: string, ...args: unknown[]) => {
      lines.add(`${new Date().toISOString()} [${level}] ${message}`);
      channel[level](message, ...args);
    },
  });
  const levels = { debug: kept("debug"), info: kept("info"), warn: kept("warn"), error: kept("error") };
  return Object.create(channel, levels) as LogOutputChannel;
}
