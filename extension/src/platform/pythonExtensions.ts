/** Asks the Python Environments extension, else the Python extension, which interpreter the user has chosen. */

import { extensions, type Event, type Uri } from "vscode";

import { DisposableStore } from "./disposables";
import { messageOf } from "./errors";
import type { Log } from "./log";

const ENVIRONMENTS = "ms-python.vscode-python-envs";
const PYTHON = "ms-python.python";

/** An extension that has not come up by then is listened to later. */
const PATIENCE = 3000;

/** What we use of the API of {@link ENVIRONMENTS}. */
interface EnvironmentsApi {
  getEnvironment(scope: Uri | undefined): Promise<Environment | undefined>;
  readonly onDidChangeEnvironment?: Event<unknown>;
}

interface Environment {
  readonly execInfo?: { readonly run?: { readonly executable?: string } };
}

/** What we use of the API of {@link PYTHON}. */
interface PythonApi {
  readonly environments: {
    getActiveEnvironmentPath(resource: Uri | undefined): { readonly path: string };
    resolveEnvironment(environment: {
      readonly path: string;
    }): Promise<{ readonly executable: { readonly uri: Uri | undefined } } | undefined>;
    readonly onDidChangeActiveEnvironmentPath?: Event<unknown>;
  };
}

/** The user's choice in the extensions that manage Python environments. */
export class PythonExtensions extends DisposableStore {
  readonly #log: Log;
  readonly #changed: () => void;
  readonly #watched = new Set<string>();
  #installed = installedOf();

  /** `changed` is called when the choice may have changed. */
  constructor(log: Log, changed: () => void) {
    super();
    this.#log = log;
    this.#changed = changed;
    this.add(
      extensions.onDidChange(() => {
        this.#installedMayHaveChanged();
      }),
    );
  }

  /** Absolute path of the interpreter chosen for what is at `uri`, or undefined where no extension has one. */
  async chosen(uri: Uri | undefined): Promise<string | undefined> {
    return (
      (await this.#ask(() => this.#fromEnvironments(uri))) ?? (await this.#ask(() => this.#fromPython(uri)))
    );
  }

  /** Other extensions that come and go are of no interest. */
  #installedMayHaveChanged(): void {
    const installed = installedOf();
    if (installed === this.#installed) return;
    this.#installed = installed;
    this.#changed();
  }

  async #ask(question: () => Promise<string | undefined>): Promise<string | undefined> {
    try {
      return await question();
    } catch (error) {
      this.#log.warn(`An extension that manages Python environments cannot be asked: ${messageOf(error)}`);
      return undefined;
    }
  }

  async #fromEnvironments(uri: Uri | undefined): Promise<string | undefined> {
    const api = await this.#api<EnvironmentsApi>(ENVIRONMENTS);
    if (api === undefined) return undefined;
    this.#watch(ENVIRONMENTS, api.onDidChangeEnvironment);
    const environment = await api.getEnvironment(uri);
    return environment?.execInfo?.run?.executable;
  }

  async #fromPython(uri: Uri | undefined): Promise<string | undefined> {
    const api = await this.#api<PythonApi>(PYTHON);
    if (api === undefined) return undefined;
    this.#watch(PYTHON, api.environments.onDidChangeActiveEnvironmentPath);
    const environment = api.environments.getActiveEnvironmentPath(uri);
    const found = await api.environments.resolveEnvironment(environment);
    return found?.executable.uri?.fsPath;
  }

  async #api<Api>(id: string): Promise<Api | undefined> {
    const extension = extensions.getExtension<Api | undefined>(id);
    if (extension === undefined) return undefined;
    if (extension.isActive) return extension.exports;
    const activation = Promise.resolve(extension.activate());
    const inTime = await within(PATIENCE, activation);
    if (inTime === "late") activation.then(this.#changed, () => undefined);
    return inTime === "late" ? undefined : inTime;
  }

  #watch(id: string, event: Event<unknown> | undefined): void {
    if (event === undefined || this.#watched.has(id)) return;
    this.#watched.add(id);
    this.add(event(this.#changed));
  }
}

function installedOf(): string {
  return [ENVIRONMENTS, PYTHON].filter((id) => extensions.getExtension(id) !== undefined).join(" ");
}

async function within<T>(milliseconds: number, promise: Promise<T>): Promise<T | "late"> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<"late">((resolve) => {
    timer = setTimeout(resolve, milliseconds, "late");
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}
