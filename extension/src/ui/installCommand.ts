/** Shows how a package is installed; installing is the user's decision. */

import * as l10n from "@vscode/l10n";
import { env, window } from "vscode";

export async function showInstallCommand(python: string, name: string): Promise<void> {
  const command = `${quoted(python)} -m pip install --upgrade ${name}`;
  const [copy, run] = [l10n.t("Copy"), l10n.t("Run in Terminal")];
  const answer = await window.showInformationMessage(command, copy, run);
  if (answer === copy) await env.clipboard.writeText(command);
  if (answer === run) runInTerminal(command, name);
}

function runInTerminal(command: string, name: string): void {
  const terminal = window.createTerminal(l10n.t("Install {0}", name));
  terminal.show();
  terminal.sendText(command);
}

function quoted(path: string): string {
  return /[^\w@%+=:,./\\-]/u.test(path) ? `"${path}"` : path;
}
