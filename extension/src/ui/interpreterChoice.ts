/** Keeps the interpreters of all roots up to date. */

import { workspace } from "vscode";

import type { InitializationOptions, Root, SetInterpreterParams } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import { choose, type Surroundings } from "../platform/interpreters";
import type { Log } from "../platform/log";
import { foldersAbove, placeOfFolder, placeOfRoot, type Place } from "../platform/places";
import { probe } from "../platform/probe";
import { PythonExtensions } from "../platform/pythonExtensions";
import { readSettings, touchesSettings } from "../platform/settings";
import { Coalesced } from "../state/coalesced";
import { NO_PYTHON, type Choice, type Probe } from "../state/interpreters";
import type { PlacedProblem } from "./interpreterProblems";

const NOTHING: Choice = { runner: null, problem: NO_PYTHON, server: null };

interface Placed {
  readonly place: Place;
  readonly choice: Choice;
}

export class InterpreterChoice extends DisposableStore {
  readonly #extensions: PythonExtensions;
  readonly #changed: () => void;
  readonly #log: Log;
  readonly #look = new Coalesced(() => this.#lookNow());
  #roots: readonly Root[] = [];
  #looking = Promise.resolve();
  /** The first is that of the first folder, which counts where a root is not known. */
  #placed: readonly Placed[] = [];

  /** `changed` is called when interpreters, arguments, environments or trust are no longer what they were. */
  constructor(log: Log, changed: () => void) {
    super();
    this.#log = log;
    this.#changed = changed;
    const refresh = (): void => {
      this.#refreshInBackground();
    };
    this.#extensions = this.add(new PythonExtensions(log, refresh));
    this.add(workspace.onDidGrantWorkspaceTrust(refresh));
    this.add(workspace.onDidChangeWorkspaceFolders(refresh));
    this.add(
      workspace.onDidChangeConfiguration((event) => {
        if (touchesSettings(event)) refresh();
      }),
    );
  }

  /** The Python that runs the language server: the first one that can. */
  get server(): string | null {
    return this.#placed.map(({ choice }) => choice.server).find((one) => one !== null) ?? null;
  }

  /** What is wrong, root by root; before any is known, of the first folder. */
  get problems(): readonly PlacedProblem[] {
    const { problem } = this.#first;
    if (this.#roots.length === 0) return problem === null ? [] : [{ root: null, name: "", problem }];
    return this.#placed.flatMap(({ place: { root, name }, choice }) =>
      root === null || choice.problem === null ? [] : [{ root, name, problem: choice.problem }],
    );
  }

  /** What the server is told when it starts. */
  get options(): InitializationOptions {
    return optionsOf(this.#firstPlaced);
  }

  /** What the server is told: of all roots for which it is told nothing else, and of each one. */
  get params(): readonly [SetInterpreterParams, ...SetInterpreterParams[]] {
    const others = this.#placed.slice(1);
    return [paramsOf(this.#firstPlaced), ...others.filter(({ place }) => place.root !== null).map(paramsOf)];
  }

  /** The roots that there are now. */
  setRoots(roots: readonly Root[]): void {
    const isSame = JSON.stringify(roots.map(keyOf)) === JSON.stringify(this.#roots.map(keyOf));
    this.#roots = roots;
    if (!isSame) this.#refreshInBackground();
  }

  /** Looks again; many wishes to look at once become one more look. */
  async refresh(): Promise<void> {
    this.#looking = this.#look.run();
    await this.#looking;
  }

  /** Resolves when what was asked for has been looked for. */
  async settled(): Promise<void> {
    await this.#looking.catch(() => undefined);
  }

  /** The roots among which one can be chosen, or the first folder. */
  get places(): readonly Place[] {
    const roots = this.#roots.map(placeOfRoot);
    return roots.length === 0 ? [this.#firstPlace] : roots;
  }

  /** The Python of a root, for people. */
  pythonOf(place: Place): string {
    const choice = this.#placed.find((one) => one.place.root === place.root)?.choice ?? NOTHING;
    return choice.runner ?? choice.problem?.text ?? "";
  }

  /** All that the choice for a place depends on, as it is now. */
  surroundings(place: Place, ask: Surroundings["probe"] = this.#probe(place, new Map())): Surroundings {
    return {
      folder: place.uri?.fsPath ?? "",
      above: foldersAbove(place),
      workspace: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
      trusted: workspace.isTrusted,
      setting: readSettings(place).interpreter,
      fromExtensions: () => this.#extensions.chosen(place.uri),
      environment: process.env,
      probe: ask,
    };
  }

  get #first(): Choice {
    return this.#firstPlaced.choice;
  }

  get #firstPlaced(): Placed {
    return this.#placed[0] ?? { place: this.#firstPlace, choice: NOTHING };
  }

  get #firstPlace(): Place {
    return placeOfFolder(workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file"));
  }

  #refreshInBackground(): void {
    this.refresh().catch((error: unknown) => {
      this.#log.error(`Looking for an interpreter failed: ${messageOf(error)}`);
    });
  }

  async #lookNow(): Promise<void> {
    const probes = new Map<string, Promise<Probe>>();
    const placed: Placed[] = [];
    // One after the other: of many roots not all are to be asked at once.
    for (const place of this.#placesToLook()) {
      const choice = await choose(this.surroundings(place, this.#probe(place, probes)));
      placed.push({ place, choice });
      this.#log.info(described(place, choice));
    }
    this.#placed = placed;
    this.#changed();
  }

  /** Before the roots are known the other folders may have a Python for the server. */
  #placesToLook(): readonly Place[] {
    const others = (workspace.workspaceFolders ?? []).filter(({ uri }) => uri.scheme === "file").slice(1);
    const known = this.#roots.map(placeOfRoot);
    return [this.#firstPlace, ...(known.length === 0 ? others.map(placeOfFolder) : known)];
  }

  /** The folder matters to launchers that choose a Python by it; a Python of the workspace is none. */
  #probe({ uri }: Place, known: Map<string, Promise<Probe>>): Surroundings["probe"] {
    const cwd = workspace.isTrusted ? uri?.fsPath : undefined;
    const inside = (workspace.workspaceFolders ?? []).map((folder) => folder.uri.fsPath);
    return (path) => {
      const isLocal = inside.some((folder) => path.startsWith(folder));
      const key = isLocal ? path : `${path}\n${cwd ?? ""}`;
      const answer = known.get(key) ?? probe(path, cwd);
      known.set(key, answer);
      return answer;
    };
  }
}

function keyOf({ uri, name, folder }: Root): readonly string[] {
  return [uri, name, folder];
}

function paramsOf(placed: Placed): SetInterpreterParams {
  return { ...optionsOf(placed), root: placed.place.root };
}

function optionsOf({ place, choice: { runner, problem } }: Placed): Omit<SetInterpreterParams, "root"> {
  const settings = readSettings(place);
  const { args, cwd, env, envFile, envFileOptional, workers } = settings;
  const { outputOfPassedTests, slowAfter, warmStart } = settings;
  return {
    interpreter: { path: runner, problem: problem?.text ?? null },
    args,
    trusted: workspace.isTrusted,
    cwd,
    env,
    envFile,
    envFileOptional,
    workers,
    outputOfPassedTests,
    slowAfter,
    warmStart,
  };
}

function described({ root, name }: Place, { runner, problem, server }: Choice): string {
  const pytest = runner ?? problem?.text ?? "nothing";
  if (root !== null) return `pytest in ${name}: ${pytest}`;
  return `pytest: ${pytest}; language server: ${server ?? "nothing"}`;
}
