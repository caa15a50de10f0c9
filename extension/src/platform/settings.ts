/** Reads the settings; no other file does. */

import * as os from "node:os";

import {
  ConfigurationTarget,
  workspace,
  type ConfigurationChangeEvent,
  type Extension,
  type WorkspaceConfiguration,
  type WorkspaceFolder,
} from "vscode";

import { resolvePath, resolveText, type Surrounding } from "../state/variables";
import { wayTo, type Place } from "./places";

const SECTION = "pytestRecall";
const PYTHON = "python";

/** The settings of the Python extension that count where ours are not set. */
const BORROWED = ["python.testing.pytestArgs", "python.testing.cwd", "python.envFile"];

/** Whether the Python extension finds and runs tests of pytest itself. */
const PYTHON_TESTING = "python.testing.pytestEnabled";

/** The settings of one root. */
export interface Settings {
  /** As written; empty: find one. */
  readonly interpreter: string;
  readonly args: readonly string[];
  /** Let pytest collect once when the folder is opened. */
  readonly collectOnOpen: boolean;
  /** Record in runs with coverage which test has covered what. */
  readonly coveragePerTest: boolean;
  /** Absolute path of the folder in which pytest is invoked; null: the root's own. */
  readonly cwd: string | null;
  /** Variables of runs; null removes one. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Absolute path of the file with more of them. */
  readonly envFile: string | null;
  /** It need not exist. */
  readonly envFileOptional: boolean;
  /** What pytest-xdist is given as `-n`; null: nothing. */
  readonly workers: string | null;
  /** Show also what tests print that do not fail. */
  readonly outputOfPassedTests: boolean;
  /** From how many seconds on a test counts as slow. */
  readonly slowAfter: number;
  /** Whether a debugger passes over library code; null: as it does by itself. */
  readonly justMyCode: boolean | null;
  /** Runs are forked from a process that has pytest and its plugins imported already. */
  readonly warmStart: boolean;
}

/** The way to a root in its folder → its interpreter. */
type Interpreters = Readonly<Record<string, unknown>>;

export function readSettings(place: Place): Settings {
  const section = workspace.getConfiguration(SECTION, place.uri);
  const own = section.get<Interpreters>("interpreters", {})[wayTo(place)];
  return {
    interpreter: (typeof own === "string" ? own : section.get("interpreter", "")).trim(),
    collectOnOpen: section.get("collectOnOpen", false),
    coveragePerTest: section.get("coveragePerTest", false),
    outputOfPassedTests: section.get("outputOfPassedTests", false),
    slowAfter: slowAfterOf(section.get("slowAfter")),
    justMyCode: isSet(section, "justMyCode") ? section.get("justMyCode", true) : null,
    warmStart: section.get("warmStart", true),
    ...conditionsOf(section, place),
  };
}

function conditionsOf(
  section: WorkspaceConfiguration,
  place: Place,
): Omit<
  Settings,
  | "interpreter"
  | "collectOnOpen"
  | "coveragePerTest"
  | "outputOfPassedTests"
  | "slowAfter"
  | "justMyCode"
  | "warmStart"
> {
  const around = surroundingOf(place);
  const python = workspace.getConfiguration(PYTHON, place.uri);
  // The Python extension invokes pytest in the workspace folder: elsewhere its paths mean nothing.
  const isInvokedThere = wayTo(place) === "";
  const lent = (name: string): unknown => (isInvokedThere ? python.get(name) : undefined);
  const either = (name: string, other: unknown): unknown =>
    isSet(section, name) ? section.get(name) : other;
  return {
    args: textsOf(either("args", lent("testing.pytestArgs"))).map((one) => resolveText(one, around)),
    cwd: resolvePath(textOf(either("cwd", lent("testing.cwd"))), around),
    env: variablesOf(section.get("env"), around),
    envFile: resolvePath(textOf(either("envFile", python.get("envFile"))), around),
    envFileOptional: !isSet(section, "envFile"),
    workers: workersOf(section.get("workers")),
  };
}

function surroundingOf({ folder, uri }: Place): Surrounding {
  return { folder: (folder?.uri ?? uri)?.fsPath ?? "", home: os.homedir(), environment: process.env };
}

/** Whether people have said anything, be it that it is empty. */
function isSet(section: WorkspaceConfiguration, name: string): boolean {
  const { globalValue, workspaceValue, workspaceFolderValue } = section.inspect(name) ?? {};
  return [globalValue, workspaceValue, workspaceFolderValue].some((one) => one !== undefined);
}

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}

function slowAfterOf(value: unknown): number {
  return typeof value === "number" && value >= 0 ? value : 1;
}

function workersOf(value: unknown): string | null {
  const text = typeof value === "number" ? String(value) : textOf(value);
  return /^(auto|logical|\d+)$/u.test(text) ? text : null;
}

function variablesOf(value: unknown, around: Surrounding): Settings["env"] {
  const written: [string, unknown][] =
    typeof value === "object" && value !== null ? Object.entries(value) : [];
  const variables = written
    .filter((entry): entry is [string, string | null] => entry[1] === null || typeof entry[1] === "string")
    .map(([name, one]) => [name, one === null ? null : resolveText(one, around)] as const);
  return Object.fromEntries(variables);
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
  return [SECTION, ...BORROWED].some((one) => event.affectsConfiguration(one));
}

/** Whether there is anything to be seen of us in this window. */
export function readEnabled(): boolean {
  return workspace.getConfiguration(SECTION).get("enabled", true);
}

/** Whether our tests stand in the Test Explorer. */
export function readTestExplorer(): boolean {
  return workspace.getConfiguration(SECTION).get("testExplorer", true);
}

/** Whether a change is one of what is there of us at all. */
export function touchesPresence(event: ConfigurationChangeEvent): boolean {
  return ["enabled", "testExplorer"].some((one) => event.affectsConfiguration(`${SECTION}.${one}`));
}

/** Whether a change may have switched the Python extension's own support of pytest on. */
export function touchesPythonTesting(event: ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration(PYTHON_TESTING);
}

/** The folders in which the Python extension is to find and run tests of pytest itself. */
export function foldersWithPythonTesting(): readonly WorkspaceFolder[] {
  return (workspace.workspaceFolders ?? []).filter(
    ({ uri }) => workspace.getConfiguration(undefined, uri).get(PYTHON_TESTING) === true,
  );
}

/** For these folders alone. */
export async function switchPythonTestingOff(folders: readonly WorkspaceFolder[]): Promise<void> {
  for (const { uri } of folders) {
    const all = workspace.getConfiguration(undefined, uri);
    await all.update(PYTHON_TESTING, false, ConfigurationTarget.WorkspaceFolder);
  }
}

/** For this workspace alone. */
export async function hideFromTestExplorer(): Promise<void> {
  await workspace.getConfiguration(SECTION).update("testExplorer", false, ConfigurationTarget.Workspace);
}

/** Our settings, and those that are borrowed, that are not as they are by default: by name, in the first folder. */
export function changedSettings(extension: Extension<unknown>): Readonly<Record<string, unknown>> {
  const { contributes } = extension.packageJSON as {
    readonly contributes: {
      readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    };
  };
  const all = workspace.getConfiguration(undefined, workspace.workspaceFolders?.[0]?.uri);
  const changed = [...Object.keys(contributes.configuration.properties), ...BORROWED].filter((name) => {
    const { globalValue, workspaceValue, workspaceFolderValue } = all.inspect(name) ?? {};
    return [globalValue, workspaceValue, workspaceFolderValue].some((one) => one !== undefined);
  });
  return Object.fromEntries(changed.map((name) => [name, all.get<unknown>(name)]));
}

/** After how many seconds of a run people who are elsewhere are told of its end; 0: never. */
export function readNotifyAfter(): number {
  const seconds: unknown = workspace.getConfiguration(SECTION).get("notifyAfter");
  return typeof seconds === "number" ? seconds : 0;
}

/** For all windows, and where the workspace has a word of its own, there too. */
export async function writeNotifyAfter(seconds: number): Promise<void> {
  const section = workspace.getConfiguration(SECTION);
  await section.update("notifyAfter", seconds, ConfigurationTarget.Global);
  if (section.inspect("notifyAfter")?.workspaceValue !== undefined)
    await section.update("notifyAfter", seconds, ConfigurationTarget.Workspace);
}
