/** The language server: started, started again when it ends by itself, and stopped. */

import * as l10n from "@vscode/l10n";
import { EventEmitter, type CancellationToken, type Disposable, type LogOutputChannel } from "vscode";
import {
  CloseAction,
  ErrorAction,
  RevealOutputChannelOn,
  type LanguageClientOptions,
  type StreamInfo,
} from "vscode-languageclient/node";

import { HumanError, messageOf } from "../platform/errors";
import { ServerLost, type Cancellation, type Handlers, type Server } from "../state/server";
import { afterEnd, type Restarts } from "../state/restartPolicy";
import type { InitializationOptions, Requests } from "./protocol.generated";
import { QuietClient } from "./quietClient";
import { logLines } from "./serverLog";
import { Surfaces } from "./surfaces";
import { ended, startProcess, type ServerChild, type ServerCommand } from "./spawn";

/** What the server is started with; asked anew at each start. */
export interface Start {
  /** Null where no Python can run the server. */
  readonly command: () => ServerCommand | null;
  readonly options: () => InitializationOptions;
}

export type ServerState =
  | { readonly kind: "starting" }
  | { readonly kind: "running" }
  /** *again*: it is about to be started anew. */
  | { readonly kind: "ended"; readonly again: boolean };

export class ServerProcess implements Server, Disposable {
  readonly #start: Start;
  readonly #log: LogOutputChannel;
  readonly #states = new EventEmitter<ServerState>();
  readonly onDidChangeState = this.#states.event;
  readonly #surfaces = new Surfaces();
  #handlers: Handlers = {};
  #client: QuietClient | undefined;
  #following: Disposable | undefined;
  #child: ServerChild | undefined;
  #restarts: Restarts = [];
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  /** Starts and stops wait for one another. */
  #queue: Promise<void> = Promise.resolve();
  #disposed = false;

  constructor(start: Start, log: LogOutputChannel) {
    this.#start = start;
    this.#log = log;
  }

  get isRunning(): boolean {
    return this.#client?.isRunning() === true;
  }

  /** What is done with the server's notifications, from its next start on. */
  listen(handlers: Handlers): void {
    this.#handlers = handlers;
  }

  /** Starts the server, or starts it anew, with a clean record of restarts. */
  async restart(): Promise<void> {
    this.#restarts = [];
    await this.#enqueue(async () => {
      await this.#end();
      await this.#begin();
    });
  }

  /** Ends the server; it can be started again. */
  async end(): Promise<void> {
    await this.#enqueue(() => this.#end());
  }

  /** Ends the server for good. */
  async stop(): Promise<void> {
    this.#disposed = true;
    clearTimeout(this.#timer);
    await this.#enqueue(() => this.#end());
    this.#following?.dispose();
    this.#states.dispose();
  }

  dispose(): void {
    this.stop().catch((error: unknown) => {
      this.#log.error(`Stopping the server failed: ${messageOf(error)}`);
    });
  }

  async request<Method extends keyof Requests>(
    method: Method,
    params: Requests[Method]["params"],
    cancellation?: Cancellation,
  ): Promise<Requests[Method]["result"]> {
    const client = this.#client;
    if (client?.isRunning() !== true)
      throw new HumanError(l10n.t("The Pytest Recall server is not running."));
    // Only views ask to cancel, and theirs are VS Code's own tokens.
    // A token that is undefined would be sent along as a second parameter.
    const token = cancellation === undefined ? [] : [cancellation as CancellationToken];
    try {
      return await client.sendRequest<Requests[Method]["result"]>(method, params, ...token);
    } catch (error) {
      throw client === this.#client ? error : new ServerLost();
    }
  }

  async #enqueue(job: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(job);
    this.#queue = done.catch(() => undefined);
    return done;
  }

  async #begin(): Promise<void> {
    const command = this.#start.command();
    if (command === null || this.#disposed) return;
    this.#startedAt = Date.now();
    this.#states.fire({ kind: "starting" });
    const client: QuietClient = new QuietClient(
      "pytestRecall",
      "Pytest Recall",
      () => this.#spawn(command),
      this.#options(() => client),
    );
    this.#client = client;
    this.#connect(client);
    this.#following?.dispose();
    this.#following = this.#surfaces.follow(client);
    try {
      await client.start();
      this.#states.fire({ kind: "running" });
    } catch (error) {
      this.#log.error(`The server did not start: ${messageOf(error)}`);
      this.#closed(client);
    }
  }

  async #end(): Promise<void> {
    clearTimeout(this.#timer);
    this.#following?.dispose();
    const [client, child] = [this.#client, this.#child];
    this.#client = undefined;
    this.#child = undefined;
    if (client?.isRunning() === true) {
      await client.dispose().catch((error: unknown) => {
        this.#log.warn(`The server did not end in good order: ${messageOf(error)}`);
      });
    }
    if (child !== undefined) await ended(child);
  }

  async #spawn(command: ServerCommand): Promise<StreamInfo> {
    this.#log.info(`Starting the server: ${command.python} ${command.script}`);
    const child = await startProcess(command);
    this.#child = child;
    logLines(child.stderr, this.#log);
    child.on("exit", (code, signal) => {
      this.#log.info(`The server has ended (${signal ?? `exit status ${String(code)}`}).`);
    });
    return { reader: child.stdout, writer: child.stdin };
  }

  #connect(client: QuietClient): void {
    for (const [method, handler] of Object.entries(this.#handlers)) {
      // The table of handlers pairs each method with the type of its message.
      const draw = handler as (params: unknown) => void;
      client.onNotification(method, (params: unknown) => {
        // A late word from a server that was replaced is no longer true.
        if (client === this.#client) draw(params);
      });
    }
  }

  #options(client: () => QuietClient): LanguageClientOptions {
    return {
      documentSelector: [{ scheme: "file", language: "python" }],
      outputChannel: this.#log,
      middleware: this.#surfaces.middleware,
      revealOutputChannelOn: RevealOutputChannelOn.Never,
      initializationOptions: () => this.#start.options(),
      initializationFailedHandler: () => false,
      errorHandler: {
        error: () => ({ action: ErrorAction.Continue, handled: true }),
        closed: () => {
          this.#closed(client());
          return {
            action: CloseAction.DoNotRestart,
            handled: true,
            message: "The server's connection has closed.",
          };
        },
      },
    };
  }

  /** The server ended by itself. */
  #closed(client: QuietClient): void {
    // The end of a start that failed is told twice: by the connection and by the start.
    if (client !== this.#client || this.#disposed) return;
    this.#client = undefined;
    const next = afterEnd(this.#restarts, this.#startedAt, Date.now());
    this.#states.fire({ kind: "ended", again: next.kind === "restart" });
    if (next.kind === "giveUp") return;
    this.#restarts = next.restarts;
    this.#timer = setTimeout(() => {
      this.#enqueue(async () => {
        await this.#end();
        await this.#begin();
      }).catch((error: unknown) => {
        this.#log.error(`Starting the server again failed: ${messageOf(error)}`);
      });
    }, next.delay);
  }
}
