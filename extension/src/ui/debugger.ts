/** Runs of pytest in VS Code's debugger: starts them, hands on what they print, and says when they have ended. */

import * as os from "node:os";

import * as l10n from "@vscode/l10n";
import {
  DebugAdapterExecutable,
  debug,
  type CancellationToken,
  type DebugAdapterTracker,
  type DebugSession,
  type TestRun,
  type WorkspaceFolder,
} from "vscode";

import {
  DEBUG_ENDED,
  type DebugLaunch,
  type Root,
  type RunEndedParams,
  type RunStartedParams,
} from "../client/protocol.generated";
import { findDebugger } from "../platform/debuggers";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import type { Log } from "../platform/log";
import { placeOfFolder, placeOfRoot, type Place } from "../platform/places";
import { readSettings } from "../platform/settings";
import {
  DEBUG_TYPES,
  configurationOf,
  outputOf,
  type Configuration,
  type DapMessage,
} from "../state/debugging";
import { ServerLost, type Server } from "../state/server";
import { tellNoDebugger } from "./debuggerMissing";
import type { RunDrawing } from "./runDrawing";

/** A run of ours, as far as it matters here. */
export interface DebuggedRun {
  readonly run: TestRun;
  readonly drawing: RunDrawing;
  readonly cancellation: CancellationToken;
}

interface Watched {
  readonly root: string;
  readonly token: string;
  readonly interpreter: string;
  /** Of the debugpy that the interpreter has; undefined where the extension debugs. */
  readonly adapter: string | undefined;
  readonly drawing: RunDrawing;
  session: DebugSession | undefined;
  /** The end of what was printed. */
  output: string;
}

const LAST_OUTPUT = 16_384;

export class Debugger extends DisposableStore {
  readonly #server: Server;
  readonly #log: Log;
  readonly #rootOf: (uri: string) => Root | undefined;
  /** The sessions that have not ended, by the tokens of their runs. */
  readonly #watched = new Map<string, Watched>();
  /** What was said of interpreters without a debugger → the interpreter. */
  readonly #missing = new Map<string, string>();

  /** `rootOf` finds the root that a message names. */
  constructor(server: Server, log: Log, rootOf: (uri: string) => Root | undefined) {
    super();
    this.#server = server;
    this.#log = log;
    this.#rootOf = rootOf;
    this.add(
      debug.registerDebugAdapterDescriptorFactory(DEBUG_TYPES.debugpy, {
        createDebugAdapterDescriptor: (session) => this.#adapterOf(session),
      }),
    );
    for (const type of Object.values(DEBUG_TYPES)) {
      this.add(
        debug.registerDebugAdapterTrackerFactory(type, {
          createDebugAdapterTracker: (session) => this.#track(session),
        }),
      );
    }
    this.add(
      debug.onDidTerminateDebugSession((session) => {
        const watched = this.#watchedOf(session);
        if (watched !== undefined) this.#end(watched);
      }),
    );
  }

  /** A run has begun, or the server has prepared it for us to start. */
  begin({ root, token, launch }: RunStartedParams, ours: DebuggedRun): void {
    if (token === null || launch === null || launch === undefined) return;
    this.#start(root, token, launch, ours).catch((error: unknown) => {
      this.#log.error(`Debugging failed: ${messageOf(error)}`);
      this.#tellEnd({
        root,
        token,
        output: "",
        problem: l10n.t("The debugger cannot be started: {0}", messageOf(error)),
      });
    });
  }

  /** The server expects nothing more of a run: what still debugs it is stopped. */
  ended({ token }: RunEndedParams): void {
    const watched = token === null ? undefined : this.#watched.get(token);
    if (watched !== undefined) this.#stop(watched);
  }

  /** Tells people what is missing, because they asked for what cannot be; returns whether `problem` is ours. */
  async tellAgain(problem: string): Promise<boolean> {
    const interpreter = this.#missing.get(problem);
    if (interpreter !== undefined) await tellNoDebugger(problem, interpreter);
    return interpreter !== undefined;
  }

  async #start(root: string, token: string, launch: DebugLaunch, ours: DebuggedRun): Promise<void> {
    const { interpreter } = launch;
    const place = placeOf(this.#rootOf(root));
    const found = await findDebugger(interpreter);
    if (found === undefined) {
      const problem = l10n.t(
        "{0} has no debugpy: install it, or the Python Debugger extension, to debug tests.",
        interpreter,
      );
      this.#missing.set(problem, interpreter);
      this.#tellEnd({ root, token, output: "", problem });
      return;
    }
    const adapter = found.kind === "debugpy" ? found.adapter : undefined;
    const watched: Watched = {
      ...{ root, token, interpreter, adapter, drawing: ours.drawing },
      ...{ session: undefined, output: "" },
    };
    this.#watched.set(token, watched);
    ours.cancellation.onCancellationRequested(() => {
      this.#stop(watched);
    });
    const { justMyCode } = readSettings(place);
    const configuration = configurationOf(launch, found, {
      token,
      name: `Pytest: ${place.name}`,
      justMyCode,
    });
    await this.#launch(watched, place.folder, configuration, ours);
  }

  async #launch(
    watched: Watched,
    folder: WorkspaceFolder | undefined,
    configuration: Configuration,
    { run, cancellation }: DebuggedRun,
  ): Promise<void> {
    const isCancelled = (): boolean => cancellation.isCancellationRequested;
    if (isCancelled()) {
      this.#end(watched);
      return;
    }
    // The run and its session belong together: what stops or restarts one does so to the other.
    const isStarted = await debug.startDebugging(folder, configuration, { testRun: run });
    if (!isStarted) this.#end(watched, l10n.t("The debugger could not be started."));
    else if (isCancelled()) this.#stop(watched);
  }

  #adapterOf(session: DebugSession): DebugAdapterExecutable {
    const watched = this.#watchedOf(session);
    if (watched?.adapter === undefined) {
      throw new Error(
        l10n.t("Sessions of this type are started from the Test Explorer, and not by themselves."),
      );
    }
    return new DebugAdapterExecutable(watched.interpreter, [watched.adapter], { cwd: os.homedir() });
  }

  #track(session: DebugSession): DebugAdapterTracker | undefined {
    const watched = this.#watchedOf(session);
    if (watched === undefined) return undefined;
    watched.session = session;
    return {
      onDidSendMessage: (message: DapMessage) => {
        const output = outputOf(message);
        if (output === undefined) return;
        watched.output = (watched.output + output).slice(-LAST_OUTPUT);
        watched.drawing.draw([{ kind: "output", output }], null);
      },
    };
  }

  /** Sessions of processes that tests start have the configuration of the one above them. */
  #watchedOf({ configuration, parentSession }: DebugSession): Watched | undefined {
    const token: unknown = configuration["pytestRecall"];
    return parentSession === undefined && typeof token === "string" ? this.#watched.get(token) : undefined;
  }

  #stop(watched: Watched): void {
    this.#stopSession(watched).catch((error: unknown) => {
      this.#log.error(`A debugger could not be stopped: ${messageOf(error)}`);
    });
  }

  async #stopSession(watched: Watched): Promise<void> {
    const { session, token } = watched;
    if (session === undefined || !this.#watched.has(token)) return;
    await debug.stopDebugging(session);
    // VS Code may have taken that for the wish to cancel the run, which is cancelled already.
    if (this.#watched.has(token)) await debug.stopDebugging(session);
  }

  #end({ root, token, output }: Watched, problem: string | null = null): void {
    if (this.#watched.delete(token)) this.#tellEnd({ root, token, output, problem });
  }

  #tellEnd(params: { root: string; token: string; output: string; problem: string | null }): void {
    this.#server.request(DEBUG_ENDED, params).catch((error: unknown) => {
      // A server that was lost has lost the run, too.
      if (!(error instanceof ServerLost)) this.#log.error(messageOf(error));
    });
  }
}

function placeOf(root: Root | undefined): Place {
  return root === undefined ? placeOfFolder(undefined) : placeOfRoot(root);
}
