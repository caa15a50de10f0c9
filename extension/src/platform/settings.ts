/** Reads the settings; no other file does. */

import { ConfigurationTarget, workspace, type ConfigurationChangeEvent } from "vscode";

import { wayTo, type Place } from "./places";

const SECTION = "pytestRecall";

/** The settings of one root, as written. */
export interface Settings {
  /** Empty: find one. */
  readonly interpreter: string;
  readonly args: readonly string[];
  /** Let pytest collect once when the folder is opened. */
  readonly collectOnOpen: boolean;
}

/** The way to a root in its folder → its interpreter. */
type Interpreters = Readonly<Record<string, unknown>>;

export function readSettings(place: Place): Settings {
  const section = workspace.getConfiguration(SECTION, place.uri);
  const own = section.get<Interpreters>("interpreters", {})[wayTo(place)];
  return {
    interpreter: (typeof own === "string" ? own : section.get("interpreter", "")).trim(),
    args: section.get<readonly string[]>("args", []).filter((one) => typeof one === "string"),
    collectOnOpen: section.get("collectOnOpen", false),
  };
}

/** Writes the interpreter where it holds for `place` alone; an empty one is to be found. */
export async function writeInterpreter(place: Place, path: string): Promise<void> {
  const section = workspace.getConfiguration(SECTION, place.uri);
  const target =
    place.folder === undefined ? ConfigurationTarget.Global : ConfigurationTarget.WorkspaceFolder;
  const way = wayTo(place);
  if (way === "") return section.update("interpreter", path, target);
  const written = section.inspect<Interpreters>("interpreters")?.workspaceFolderValue ?? {};
  const others = Object.entries(written).filter(([key]) => key !== way);
  const all = path === "" ? others : [...others, [way, path] as const];
  await section.update("interpreters", all.length === 0 ? undefined : Object.fromEntries(all), target);
}

export function touchesSettings(event: ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(SECTION);
}
