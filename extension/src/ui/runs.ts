/** Runs of pytest in the Test Explorer: ours, and those that were started elsewhere. */

import { randomUUID } from "node:crypto";

import { TestRunRequest, type CancellationToken, type Disposable, type TestItem, type TestRun } from "vscode";

import {
  RUN,
  type RunEndedParams,
  type RunEventsParams,
  type RunResult,
  type RunStartedParams,
  type Selection,
} from "../client/protocol.generated";
import { messageOf } from "../platform/errors";
import type { Server } from "../state/server";
import { AnyToken } from "./cancellation";
import type { Explorer } from "./explorer";
import { RunDrawing } from "./runDrawing";

/** What to run in one root. */
export interface Part {
  readonly root: string;
  readonly selection: Selection;
}

interface Live {
  readonly run: TestRun;
  readonly drawing: RunDrawing;
  readonly isOurs: boolean;
}

/** So many rows are shown as waiting; more would only keep VS Code busy. */
const MOST_WAITING = 2000;

export class Runs implements Disposable {
  readonly #explorer: Explorer;
  readonly #server: Server;
  readonly #report: (problem: string) => void;
  /** By token, or by run id where the run is not ours. */
  readonly #live = new Map<string, Live>();

  /** `report` tells people why nothing could be run. */
  constructor(explorer: Explorer, server: Server, report: (problem: string) => void) {
    this.#explorer = explorer;
    this.#server = server;
    this.#report = report;
  }

  /** Runs `parts` as one run of the Test Explorer; ends when all have ended. */
  async run(
    request: TestRunRequest,
    parts: readonly Part[],
    cancellation?: CancellationToken,
  ): Promise<void> {
    const run = this.#explorer.controller.createTestRun(request);
    const token = new AnyToken(cancellation, run.token);
    try {
      for (const part of parts) this.#showWaiting(run, part);
      const problems = await Promise.all(parts.map((part) => this.#runPart(run, part, token)));
      for (const problem of new Set(problems.filter((one) => one !== null))) this.#report(problem);
    } finally {
      run.end();
      token.dispose();
    }
  }

  started(params: RunStartedParams): void {
    const live = this.#liveOf(params) ?? this.#begin(params);
    live?.drawing.say(`$ ${params.command}`);
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
    live.run.end();
  }

  /** The server is gone, and with it all word of the runs of others; ours end as their requests fail. */
  serverLost(): void {
    for (const [key, live] of this.#live) {
      if (live.isOurs) continue;
      live.drawing.warn("The Pytest Recall server has ended; what happens in this run is not known.");
      live.run.end();
      this.#live.delete(key);
    }
  }

  dispose(): void {
    for (const { run } of this.#live.values()) run.end();
    this.#live.clear();
  }

  async #runPart(run: TestRun, part: Part, cancellation: CancellationToken): Promise<string | null> {
    const tree = this.#explorer.tree(part.root);
    if (tree === undefined) return null;
    const token = randomUUID();
    const drawing = new RunDrawing(run, tree);
    this.#live.set(token, { run, drawing, isOurs: true });
    try {
      const result = await this.#server.request(RUN, { ...part, token }, cancellation);
      return reportEnd(drawing, result);
    } catch (error) {
      if (cancellation.isCancellationRequested) return null;
      const problem = `The run has ended: ${messageOf(error)}`;
      drawing.warn(problem);
      return problem;
    } finally {
      this.#live.delete(token);
    }
  }

  #showWaiting(run: TestRun, { root, selection }: Part): void {
    const waiting = this.#itemsOf(root, selection);
    for (const item of waiting.slice(0, MOST_WAITING)) run.enqueued(item);
  }

  #itemsOf(root: string, { kind, ids, exclude }: Selection): readonly TestItem[] {
    const tree = this.#explorer.tree(root);
    if (tree === undefined) return [];
    if (kind === "lastFailed") return tree.failed();
    const leavesOf = (id: string): readonly TestItem[] => {
      const item = tree.find(id);
      return id === "" ? tree.leaves() : item === undefined ? [] : tree.leaves(item);
    };
    const all = kind === "all" ? tree.leaves() : (ids ?? []).flatMap(leavesOf);
    const without = new Set((exclude ?? []).flatMap(leavesOf));
    return all.filter((item) => !without.has(item));
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
    const live = { run, drawing: new RunDrawing(run, tree), isOurs: false };
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
