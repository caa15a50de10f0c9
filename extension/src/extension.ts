/** Where VS Code enters. */

import type { ExtensionContext } from "vscode";

import { createLog } from "./platform/log";
import { Recall } from "./recall";

let recall: Recall | undefined;

/** Wires everything up and returns; the server is started behind it. */
export function activate(context: ExtensionContext): void {
  const log = createLog();
  context.subscriptions.push(log);
  recall = new Recall(context, log);
  recall.start();
}

export async function deactivate(): Promise<void> {
  await recall?.stop();
  recall = undefined;
}
