/** Runs of pytest in the Test Explorer: ours, and those that were started elsewhere. */

import { randomUUID } from "node:crypto";

import { TestRunRequest, type CancellationToken, type Disposable, type TestRun } from "vscode";

import {
  RUN,
  type DebugKind,
  type RunEndedParams,
  type RunEventsParams,
  type RunResult,
  type RunStartedParams,
  type Selection,
} from "../client/protocol.generated";
import { messageOf } from "../platform/errors";
import { ServerLost, type Server } from "../state/server";
import { AnyToken } from "./cancellation";
import type { DebuggedRun } from "./debugger";
import type { Explorer } from "./explorer";
import type { Painter } from "./painter";
import { RunDrawing } from "./runDrawing";

/** What to run in one root. */
export interface Part {
  readonly root: string;
  readonly selection: Selection;
  /** How it is debugged; undefined: it is run. */
  readonly debug?: DebugKind;
}

interface Live {
  readonly run: TestRun;
  readonly drawing: RunDrawing;
  readonly isOurs: boolean;
  /** Of ours. */
  readonly cancellation?: CancellationToken;
}

const LOST = "The language server has ended during this run. Results that pytest had reported are kept.";

export class Runs implements Disposable {
  readonly #explorer: Explorer;
  readonly #server: Server;
  readonly #painter: Painter;
  readonly #report: (problem: string) => void;
  /** By token, or by run id where the run is not ours. */
  readonly #live = new Map<string, Live>();
  /** What a person would type for the last run of ours: a line a root. */
  #lines: readonly string[] = [];

  /** `report` tells people why nothing could be run. */
  constructor(explorer: Explorer, server: Server, painter: Painter, report: (problem: string) => void) {
    this.#explorer = explorer;
    this.#server = server;
    this.#painter = painter;
    this.#report = report;
  }

  /** The lines that run in a terminal what was run last, one for each root; null before the first run. */
  get lastCommandLine(): string | null {
    return this.#lines.length === 0 ? null : this.#lines.join("\n");
  }

  /**
   * Runs `parts` as one run of the Test Explorer; ends when all have ended.
   *
   * No row is marked as waiting: VS Code would show those that are never reached as skipped,
   * which would hide a failure that is still remembered.
   */
  async run(
    request: TestRunRequest,
    name: string,
    parts: readonly Part[],
    cancellation?: CancellationToken,
  ): Promise<void> {
    const run = this.#explorer.controller.createTestRun(request, name);
    const token = new AnyToken(cancellation, run.token);
    this.#lines = [];
    try {
      const problems = await this.#runParts(run, parts, token);
      for (const problem of new Set(problems.filter((one) => one !== null))) this.#report(problem);
    } finally {
      run.end();
      token.dispose();
    }
  }

  /** The run of ours that a token names. */
  ours(token: string | null): DebuggedRun | undefined {
    const { run, drawing, cancellation } = (token === null ? undefined : this.#live.get(token)) ?? {};
    if (run === undefined || drawing === undefined || cancellation === undefined) return undefined;
    return { run, drawing, cancellation };
  }

  started(params: RunStartedParams): void {
    const live = this.#liveOf(params) ?? this.#begin(params);
    const line = params.terminal ?? params.command;
    live?.drawing.say(`$ ${line}`);
    if (live?.isOurs === true) this.#lines = [...this.#lines, line];
  }

  events(params: RunEventsParams): void {
    const live = this.#liveOf(params) ?? this.#begin(params);
    live?.drawing.draw(params.events);
  }

  ended(params: RunEndedParams): void {
    const live = this.#liveOf(params);
    // Ours end with the answer to their request, which also says what went wrong.
    if (live === undefined || live.isOurs) return;
    this.#live.delete(params.run);
    live.drawing.end();
    live.run.end();
  }

  /** The server is gone, and with it all word of the runs of others; ours end as their requests fail. */
  serverLost(): void {
    for (const [key, live] of this.#live) {
      if (live.isOurs) continue;
      live.drawing.warn(LOST);
      live.drawing.end();
      live.run.end();
      this.#live.delete(key);
    }
  }

  dispose(): void {
    for (const { run } of this.#live.values()) run.end();
    this.#live.clear();
  }

  /** All at once; but of debuggers nobody can watch several. */
  async #runParts(
    run: TestRun,
    parts: readonly Part[],
    token: CancellationToken,
  ): Promise<readonly (string | null)[]> {
    if (parts.every((part) => part.debug === undefined))
      return Promise.all(parts.map((part) => this.#runPart(run, part, token)));
    const problems: (string | null)[] = [];
    for (const part of parts) {
      if (!token.isCancellationRequested) problems.push(await this.#runPart(run, part, token));
    }
    return problems;
  }

  async #runPart(run: TestRun, part: Part, cancellation: CancellationToken): Promise<string | null> {
    const tree = this.#explorer.tree(part.root);
    if (tree === undefined) return null;
    const token = randomUUID();
    const drawing = new RunDrawing(run, tree, this.#painter);
    this.#live.set(token, { run, drawing, isOurs: true, cancellation });
    try {
      const result = await this.#server.request(RUN, { ...part, token }, cancellation);
      return reportEnd(drawing, result);
    } catch (error) {
      if (cancellation.isCancellationRequested) return null;
      drawing.warn(error instanceof ServerLost ? LOST : messageOf(error));
      // A server that was lost comes back by itself; the word in the output is enough.
      return error instanceof ServerLost ? null : messageOf(error);
    } finally {
      drawing.end();
      this.#live.delete(token);
    }
  }

  #liveOf({ run, token }: { readonly run: string; readonly token: string | null }): Live | undefined {
    return this.#live.get(token ?? run);
  }

  /** A run that was started elsewhere, such as in a terminal. */
  #begin({ root, run: id, token }: RunStartedParams | RunEventsParams): Live | undefined {
    const tree = this.#explorer.tree(root);
    if (tree === undefined || token !== null) return undefined;
    const request = new TestRunRequest(undefined, undefined, undefined, false, true);
    const run = this.#explorer.controller.createTestRun(request, "pytest in a terminal", false);
    const live = { run, drawing: new RunDrawing(run, tree, this.#painter), isOurs: false };
    this.#live.set(id, live);
    return live;
  }
}

/** Says what the result adds to what was drawn; returns the problem, if there is one. */
function reportEnd(drawing: RunDrawing, result: RunResult): string | null {
  if (result.cancelled) drawing.warn("The run was cancelled.");
  if (result.problem !== null) drawing.warn(result.problem);
  return result.problem;
}
