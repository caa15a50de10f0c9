/** Runs of pytest in the Test Explorer: ours, and those that were started elsewhere. */

import { randomUUID } from "node:crypto";

import * as l10n from "@vscode/l10n";
import { EventEmitter, TestRunRequest, type CancellationToken, type Disposable, type TestRun } from "vscode";

import {
  RUN,
  type CoverageMode,
  type CoverageParams,
  type DebugKind,
  type RunEndedParams,
  type RunEventsParams,
  type RunResult,
  type RunStartedParams,
  type Selection,
} from "../client/protocol.generated";
import { messageOf } from "../platform/errors";
import { ServerLost, type Server } from "../state/server";
import { addCoverage } from "./coverage";
import type { DebuggedRun } from "./debugger";
import type { Explorer } from "./explorer";
import { OwnRun } from "./ownRun";
import type { Painter } from "./painter";
import { RunDrawing } from "./runDrawing";
import { RunNotices } from "./runNotices";

/** What to run in one root. */
export interface Part {
  readonly root: string;
  readonly selection: Selection;
  readonly coverage?: CoverageMode;
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

interface PartEnd {
  readonly result: RunResult | null;
  readonly problem: string | null;
}

const UNKNOWN_END: PartEnd = { result: null, problem: null };

const LOST = l10n.t(
  "The language server has ended during this run. Results that pytest had reported are kept.",
);

export class Runs implements Disposable {
  readonly #explorer: Explorer;
  readonly #server: Server;
  readonly #painter: Painter;
  readonly #notices = new RunNotices();
  readonly #report: (problem: string) => void;
  /** By token, or by run id where the run is not ours. */
  readonly #live = new Map<string, Live>();
  /** By token: what is drawn once it has begun. */
  readonly #later = new Map<string, () => Live>();
  readonly #own = new Set<OwnRun>();
  readonly #ownChanged = new EventEmitter<number>();
  readonly #ended = new EventEmitter<readonly RunResult[]>();
  /** How many runs of ours are shown, those that wait included. */
  readonly onDidChangeOwn = this.#ownChanged.event;
  /** A run of ours has ended, with a result for each root. */
  readonly onDidEnd = this.#ended.event;
  /** What a person would type for the last run of ours: a line a root. */
  #lines: readonly string[] = [];

  /** `report` tells people why nothing could be run. */
  constructor(explorer: Explorer, server: Server, painter: Painter, report: (problem: string) => void) {
    this.#explorer = explorer;
    this.#server = server;
    this.#painter = painter;
    this.#report = report;
  }

  /** How many runs of ours are under way or wait. */
  get ownCount(): number {
    return this.#own.size;
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
   * @returns how each part has ended, in their order; null where the server has not told
   */
  async run(
    request: TestRunRequest,
    name: string,
    parts: readonly Part[],
    cancellation?: CancellationToken,
  ): Promise<readonly (RunResult | null)[]> {
    const own = new OwnRun(() => this.#explorer.controller.createTestRun(request, name), cancellation);
    this.#lines = [];
    own.show();
    const ends = await this.#runAll(own, parts);
    for (const problem of problemsOf(ends)) this.#report(problem);
    return ends.map(({ result }) => result);
  }

  /** The same, but nothing is seen of it before pytest has started; returns why nothing could be run. */
  async runQuietly(
    request: TestRunRequest,
    name: string,
    parts: readonly Part[],
  ): Promise<readonly string[]> {
    const own = new OwnRun(() => {
      this.#lines = [];
      return this.#explorer.controller.createTestRun(request, name);
    });
    return problemsOf(await this.#runAll(own, parts));
  }

  /** Cancels the runs that were started here, also those that wait. */
  cancelAll(): void {
    for (const own of this.#own) own.cancel();
  }

  async #runAll(own: OwnRun, parts: readonly Part[]): Promise<readonly PartEnd[]> {
    this.#own.add(own);
    this.#tellOwn();
    let ends: readonly PartEnd[] = [];
    try {
      ends = await this.#runParts(own, parts);
      return ends;
    } finally {
      own.end();
      this.#own.delete(own);
      this.#tellOwn();
      if (own.isShown) this.#ended.fire(ends.flatMap(({ result }) => result ?? []));
    }
  }

  #tellOwn(): void {
    this.#ownChanged.fire([...this.#own].filter(({ isShown }) => isShown).length);
  }

  /** The run of ours that a token names. */
  ours(token: string | null): DebuggedRun | undefined {
    const { run, drawing, cancellation } = (token === null ? undefined : this.#live.get(token)) ?? {};
    if (run === undefined || drawing === undefined || cancellation === undefined) return undefined;
    return { run, drawing, cancellation };
  }

  started(params: RunStartedParams): void {
    const live = this.#liveOf(params) ?? this.#beginLate(params) ?? this.#begin(params);
    const line = params.terminal ?? params.command;
    live?.drawing.say(`$ ${line}`);
    if (live?.isOurs === true) this.#lines = [...this.#lines, line];
  }

  events(params: RunEventsParams): void {
    const live = this.#liveOf(params) ?? this.#begin(params);
    live?.drawing.draw(params.events, params.selected);
  }

  /** A run has ended and tells what it has covered. */
  covered(params: CoverageParams): void {
    const live = this.#live.get(params.token);
    const tree = this.#explorer.tree(params.root);
    if (live !== undefined && tree !== undefined) addCoverage(live.run, tree, params);
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
  async #runParts(own: OwnRun, parts: readonly Part[]): Promise<readonly PartEnd[]> {
    if (parts.every((part) => part.debug === undefined))
      return Promise.all(parts.map((part) => this.#runPart(own, part)));
    const ends: PartEnd[] = [];
    for (const part of parts) {
      if (!own.token.isCancellationRequested) ends.push(await this.#runPart(own, part));
    }
    return ends;
  }

  async #runPart(own: OwnRun, part: Part): Promise<PartEnd> {
    const tree = this.#explorer.tree(part.root);
    if (tree === undefined) return UNKNOWN_END;
    const token = randomUUID();
    const begin = (): Live => {
      const run = own.show();
      const drawing = new RunDrawing(run, tree, this.#painter);
      return { run, drawing, isOurs: true, cancellation: own.token };
    };
    if (own.isShown) this.#live.set(token, begin());
    else this.#later.set(token, begin);
    try {
      const result = await this.#server.request(RUN, { ...part, token }, own.token);
      this.#notices.tell(result.notices ?? []);
      return { result, problem: reportEnd(this.#live.get(token)?.drawing, result) };
    } catch (error) {
      if (own.token.isCancellationRequested) return UNKNOWN_END;
      this.#live.get(token)?.drawing.warn(error instanceof ServerLost ? LOST : messageOf(error));
      // A server that was lost comes back by itself; the word in the output is enough.
      return error instanceof ServerLost ? UNKNOWN_END : { result: null, problem: messageOf(error) };
    } finally {
      this.#live.get(token)?.drawing.end();
      this.#live.delete(token);
      this.#later.delete(token);
    }
  }

  #liveOf({ run, token }: { readonly run: string; readonly token: string | null }): Live | undefined {
    return this.#live.get(token ?? run);
  }

  /** A run of ours that is shown from now on. */
  #beginLate({ token }: RunStartedParams): Live | undefined {
    const begin = token === null ? undefined : this.#later.get(token);
    if (token === null || begin === undefined) return undefined;
    const live = begin();
    this.#live.set(token, live);
    this.#tellOwn();
    return live;
  }

  /** A run that was started elsewhere, such as in a terminal. */
  #begin({ root, run: id, token }: RunStartedParams | RunEventsParams): Live | undefined {
    const tree = this.#explorer.tree(root);
    if (tree === undefined || token !== null) return undefined;
    const request = new TestRunRequest(undefined, undefined, undefined, false, true);
    const run = this.#explorer.controller.createTestRun(request, l10n.t("pytest in a terminal"), false);
    const live = { run, drawing: new RunDrawing(run, tree, this.#painter), isOurs: false };
    this.#live.set(id, live);
    return live;
  }
}

function problemsOf(ends: readonly PartEnd[]): readonly string[] {
  return [...new Set(ends.flatMap(({ problem }) => problem ?? []))];
}

/** Says what the result adds to what was drawn; returns the problem, if there is one. */
function reportEnd(drawing: RunDrawing | undefined, result: RunResult): string | null {
  if (result.cancelled) drawing?.warn(l10n.t("The run was cancelled."));
  if (result.problem !== null) drawing?.warn(result.problem);
  return result.problem;
}
