/** The one place that is written to when something goes wrong. */

import { window, type LogOutputChannel } from "vscode";

export type Log = Pick<LogOutputChannel, "info" | "warn" | "error" | "show">;

export function createLog(): LogOutputChannel {
  return window.createOutputChannel("Pytest Recall", { log: true });
}
