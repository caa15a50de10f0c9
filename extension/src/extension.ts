/** Where VS Code enters. */

import type { ExtensionContext } from "vscode";

// The first of ours: texts that stand outside of functions are read when their file is loaded.
import "./platform/language";
import { createLog } from "./platform/log";
import { Recall } from "./recall";
import { LastLines } from "./state/lastLines";

let recall: Recall | undefined;

/** Wires everything up and returns; the server is started behind it. */
export function activate(context: ExtensionContext): void {
  const began = performance.now();
  const lines = new LastLines();
  const log = createLog(lines);
  context.subscriptions.push(log);
  recall = new Recall(context, log, lines);
  recall.start();
  log.info(`Activated in ${(performance.now() - began).toFixed(0)} ms.`);
}

export async function deactivate(): Promise<void> {
  await recall?.stop();
  recall = undefined;
}
