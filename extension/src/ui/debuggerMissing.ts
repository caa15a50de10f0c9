/** Tells people how to get a debugger. */

import * as l10n from "@vscode/l10n";
import { commands, window } from "vscode";

import { PYTHON_DEBUGGER } from "../platform/debuggers";
import { showInstallCommand } from "./installCommand";

export async function tellNoDebugger(problem: string, interpreter: string): Promise<void> {
  const [extension, command] = [l10n.t("Install Python Debugger"), l10n.t("Show Install Command")];
  const answer = await window.showErrorMessage(problem, extension, command);
  if (answer === extension) await commands.executeCommand("extension.open", PYTHON_DEBUGGER);
  if (answer === command) await showInstallCommand(interpreter, "debugpy");
}
