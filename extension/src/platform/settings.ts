/** Reads the settings; no other file does. */

import { ConfigurationTarget, workspace, type ConfigurationChangeEvent, type WorkspaceFolder } from "vscode";

const SECTION = "pytestRecall";

/** The settings of one folder, as written. */
export interface Settings {
  /** Empty: find one. */
  readonly interpreter: string;
  readonly args: readonly string[];
}

export function readSettings(folder: WorkspaceFolder | undefined): Settings {
  const section = workspace.getConfiguration(SECTION, folder);
  return {
    interpreter: section.get("interpreter", "").trim(),
    args: section.get<readonly string[]>("args", []).filter((one) => typeof one === "string"),
  };
}

/** Writes the interpreter where it holds for `folder` alone. */
export async function writeInterpreter(folder: WorkspaceFolder | undefined, path: string): Promise<void> {
  const section = workspace.getConfiguration(SECTION, folder);
  const target = folder === undefined ? ConfigurationTarget.Global : ConfigurationTarget.WorkspaceFolder;
  await section.update("interpreter", path, target);
}

export function touchesSettings(event: ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(SECTION);
}
