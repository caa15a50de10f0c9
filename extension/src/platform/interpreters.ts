/** Settles which Python runs pytest and which one runs the language server. */

import {
  NO_PYTHON,
  UNTRUSTED,
  problemOf,
  runnersOf,
  runsServer,
  type Candidate,
  type Choice,
  type Probe,
} from "../state/interpreters";
import { liesInside, onPath, pythonOfVenv, resolveIn, stands } from "./paths";

/** All that the choice depends on. */
export interface Surroundings {
  /** Absolute path of the folder in which pytest is invoked. */
  readonly folder: string;
  /** The folders above it, nearest first, up to the one that is opened. */
  readonly above: readonly string[];
  /** All folders of the workspace; nothing in them is started while it is not trusted. */
  readonly workspace: readonly string[];
  readonly trusted: boolean;
  /** The setting as written, or empty. */
  readonly setting: string;
  readonly fromExtensions: () => Promise<string | undefined>;
  readonly environment: Readonly<NodeJS.ProcessEnv>;
  readonly probe: (path: string) => Promise<Probe>;
}

export async function choose(around: Surroundings): Promise<Choice> {
  const allowed = await startable(around);
  const probes = new Map<string, Probe>();
  const ask = async (path: string): Promise<Probe> => {
    const known = probes.get(path) ?? (await around.probe(path));
    probes.set(path, known);
    return known;
  };
  const found = around.trusted ? await runner(allowed, ask) : { runner: null, problem: UNTRUSTED };
  return { ...found, server: await serverPython(allowed, found.runner, ask) };
}

/** The candidates in the order in which they are asked, each path once. */
export async function candidatesOf(around: Surroundings): Promise<readonly Candidate[]> {
  const found: Candidate[] = [];
  const folders = [around.folder, ...around.above];
  if (around.setting !== "") found.push({ path: await named(around.setting, folders), source: "setting" });
  const chosen = await around.fromExtensions();
  if (chosen !== undefined) found.push({ path: chosen, source: "extension" });
  for (const folder of folders) {
    for (const name of [".venv", "venv"]) {
      const path = pythonOfVenv(resolveIn(folder, name));
      if (await stands(path)) found.push({ path, source: "folder" });
    }
  }
  const virtualEnv = around.environment["VIRTUAL_ENV"] ?? "";
  if (virtualEnv !== "") found.push({ path: pythonOfVenv(virtualEnv), source: "virtualEnv" });
  for (const name of ["python3", "python"]) {
    const path = await onPath(name, around.environment["PATH"] ?? "");
    if (path !== undefined) found.push({ path, source: "path" });
  }
  return found.filter((one, index) => found.findIndex((other) => other.path === one.path) === index);
}

/** A relative path holds from the nearest folder in which there is something, at last from the one that is opened. */
async function named(written: string, folders: readonly string[]): Promise<string> {
  const opened = folders.at(-1) ?? "";
  for (const folder of folders) {
    const path = resolveIn(folder, written, opened);
    if (await stands(path)) return path;
  }
  return resolveIn(opened, written);
}

/** The candidates that may be started: in Restricted Mode nothing that lies in the workspace, also not to ask it. */
export async function startable(around: Surroundings): Promise<readonly Candidate[]> {
  const all = await candidatesOf(around);
  return around.trusted ? all : outside(all, around.workspace);
}

type Ask = (path: string) => Promise<Probe>;

/** The first runner without a problem, else the first one with its problem. */
async function runner(
  candidates: readonly Candidate[],
  ask: Ask,
): Promise<Pick<Choice, "runner" | "problem">> {
  let first: Pick<Choice, "runner" | "problem"> | undefined;
  for (const candidate of runnersOf(candidates)) {
    const problem = problemOf(candidate, await ask(candidate.path));
    if (problem === null) return { runner: candidate.path, problem };
    first ??= { runner: null, problem };
  }
  return first ?? { runner: null, problem: NO_PYTHON };
}

async function serverPython(
  candidates: readonly Candidate[],
  runs: string | null,
  ask: Ask,
): Promise<string | null> {
  if (runs !== null) return runs;
  for (const { path } of candidates) {
    if (runsServer(await ask(path))) return path;
  }
  return null;
}

async function outside(
  candidates: readonly Candidate[],
  folders: readonly string[],
): Promise<readonly Candidate[]> {
  const inside = await Promise.all(candidates.map(({ path }) => liesInside(path, folders)));
  return candidates.filter((_, index) => inside[index] === false);
}
