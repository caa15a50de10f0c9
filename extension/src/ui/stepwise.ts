/** Stepwise as a mode: listens, takes steps, and opens the failures that they stop at. */

import * as l10n from "@vscode/l10n";
import {
  CancellationTokenSource,
  TestRunRequest,
  Uri,
  commands,
  window,
  workspace,
  type CancellationToken,
  type TestItem,
  type TextDocument,
} from "vscode";

import { STEPWISE as ASK, type Record, type StepwiseResult } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { HumanError, messageOf } from "../platform/errors";
import type { Log } from "../platform/log";
import { Coalesced } from "../state/coalesced";
import type { Server } from "../state/server";
import {
  begin,
  ended,
  moved,
  obstacle,
  reset,
  saved,
  skip,
  stop,
  type Effect,
  type StepEnd,
  type StepKind,
  type Stretch,
  type Turn,
  type Walk,
} from "../state/stepwise";
import { stepwiseStatus } from "../state/stepwiseStatus";
import type { StatusView } from "../state/summary";
import { AnyToken } from "./cancellation";
import { toRange } from "./convert";
import type { Explorer } from "./explorer";
import type { Runs } from "./runs";

/** What the run profile and the runs are called. */
export const STEPWISE = l10n.t("Stepwise");

const AFTER_SAVE_MS = 300;

/** What the mode asks of its owner. */
export interface StepwiseWishes {
  /** Show this in the status bar; null: the mode is off. */
  readonly show: (view: StatusView | null) => void;
  /** Awaited before each step. */
  readonly prepare: () => Promise<void>;
}

export class Stepwise extends DisposableStore {
  readonly #explorer: Explorer;
  readonly #runs: Runs;
  readonly #server: Server;
  readonly #log: Log;
  readonly #wishes: StepwiseWishes;
  readonly #following = new Coalesced(() => this.#follow());
  #walk: Walk | null = null;
  /** What was asked for; a step is a test run of its own. */
  #request = new TestRunRequest();
  /** Cancels the step that is under way. */
  #step: CancellationTokenSource | undefined;
  /** Waits for saves to be over. */
  #timer: NodeJS.Timeout | undefined;
  /** Somebody is typing: something was edited since the last save. */
  #isTyping = false;
  /** The failure that was opened last. */
  #opened: string | null = null;

  constructor(explorer: Explorer, runs: Runs, server: Server, log: Log, wishes: StepwiseWishes) {
    super();
    this.#explorer = explorer;
    this.#runs = runs;
    this.#server = server;
    this.#log = log;
    this.#wishes = wishes;
    this.add(
      workspace.onDidSaveTextDocument((document) => {
        this.#saved(document);
      }),
    );
    this.add(
      workspace.onDidChangeTextDocument(({ document, contentChanges }) => {
        if (contentChanges.length > 0 && document.isDirty) this.#isTyping = true;
      }),
    );
  }

  /** Starts a walk of what was chosen, of everything if nothing was; ends with its first stop. */
  async start(request: TestRunRequest, token?: CancellationToken): Promise<void> {
    const stretches = this.#explorer
      .chosen(request.include, request.exclude)
      // The root itself is no id, so that pytest looks where it does by itself.
      .map(({ root, ids, exclude }): Stretch => ({ root, ids: ids.includes("") ? [] : ids, exclude }));
    if (stretches.length === 0) throw new HumanError(l10n.t("There are no tests to step through."));
    this.#step?.cancel();
    this.#request = request;
    this.#opened = null;
    await this.#apply(begin(stretches), token);
  }

  /** What a command of the Test Explorer's rows was given. */
  rowsOf(argument: unknown): readonly TestItem[] | undefined {
    const item = argument as TestItem;
    const isRow = typeof argument === "object" && argument !== null;
    return isRow && this.#explorer.meaningOf(item) !== undefined ? [item] : undefined;
  }

  /** Whether the mode is on: it alone runs what is saved then. */
  get isOn(): boolean {
    return this.#walk !== null;
  }

  async skip(): Promise<void> {
    await this.#apply(skip(this.#current()));
  }

  async reset(): Promise<void> {
    this.#opened = null;
    await this.#apply(reset(this.#current()));
  }

  async stop(): Promise<void> {
    await this.#apply(stop(this.#current()));
  }

  /** Opens the failure, or the file, at which the walk has stopped. */
  async show(): Promise<void> {
    const record = obstacle(this.#current());
    if (record !== null) await this.#open(record, true);
  }

  /** What pytest remembers has changed. */
  cacheChanged(root: string): void {
    const walk = this.#walk;
    if (walk?.step !== null || walk.stretches[walk.at]?.root !== root) return;
    this.#background(this.#following.run());
  }

  override dispose(): void {
    clearTimeout(this.#timer);
    this.#step?.cancel();
    super.dispose();
  }

  #current(): Walk {
    if (this.#walk === null)
      throw new HumanError(l10n.t("Stepwise is not on: start it with “Start Stepwise”."));
    return this.#walk;
  }

  /** Many files may be saved at once. */
  #saved({ uri }: TextDocument): void {
    this.#isTyping = false;
    if (this.#walk === null || workspace.getWorkspaceFolder(uri) === undefined) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#walk !== null) this.#background(this.#apply(saved(this.#walk)));
    }, AFTER_SAVE_MS);
  }

  async #apply({ walk, effect }: Turn, token?: CancellationToken): Promise<void> {
    this.#walk = walk;
    this.#show();
    await this.#do(effect, token);
  }

  #show(): void {
    const walk = this.#walk;
    const { roots } = this.#explorer;
    const root =
      roots.length > 1 ? roots.find(({ uri }) => uri === walk?.stretches[walk.at]?.root) : undefined;
    this.#wishes.show(walk === null ? null : stepwiseStatus(walk, root?.name ?? null));
    void commands.executeCommand("setContext", "pytestRecall.stepwise", walk !== null);
  }

  async #do(effect: Effect, token?: CancellationToken): Promise<void> {
    switch (effect.do) {
      case "step":
        await this.#take(effect.kind, effect.stretch, token);
        return;
      case "open":
        await this.#open(effect.record, effect.asked);
        return;
      case "cancel":
        this.#step?.cancel();
        return;
      case "say":
        window.setStatusBarMessage(`$(debug-step-over) ${effect.text}`, 8000);
        return;
      case "nothing":
    }
  }

  /** Takes a step, and what follows from it. */
  async #take(kind: StepKind, stretch: Stretch, token?: CancellationToken): Promise<void> {
    const step = new CancellationTokenSource();
    this.#step = step;
    const cancellation = new AnyToken(step.token, token);
    let end: StepEnd = null;
    try {
      end = await this.#run(kind, stretch, cancellation);
    } finally {
      cancellation.dispose();
      step.dispose();
      // Another walk may have begun meanwhile, or this one have been left.
      if (this.#step === step) {
        this.#step = undefined;
        if (this.#walk !== null) await this.#apply(ended(this.#walk, end), token);
      }
    }
  }

  async #run(kind: StepKind, stretch: Stretch, cancellation: CancellationToken): Promise<StepEnd> {
    await this.#wishes.prepare();
    const { root, ids, exclude } = stretch;
    const request = this.#request;
    // VS Code takes what has the request of a run profile for a part of the profile's own run.
    this.#request = new TestRunRequest(request.include, request.exclude);
    const parts = [{ root, selection: { kind, ids, exclude } }];
    const [result = null] = await this.#runs.run(request, STEPWISE, parts, cancellation);
    if (this.#explorer.tree(root) === undefined) return "gone";
    return result === null ? null : { result, stand: await this.#ask(stretch) };
  }

  async #ask({ root, ids, exclude }: Stretch): Promise<StepwiseResult> {
    return this.#server.request(ASK, { root, selection: { kind: "stepwise", ids, exclude } });
  }

  /** Finds out where a step that was taken elsewhere has led. */
  async #follow(): Promise<void> {
    const stretch = this.#walk?.stretches[this.#walk.at];
    if (stretch === undefined) return;
    const stand = await this.#ask(stretch);
    if (this.#walk !== null) await this.#apply(moved(this.#walk, stretch.root, stand));
  }

  /** Where nobody has asked, only a new failure opens, and none under somebody's fingers. */
  async #open({ id, location }: Record, asked: boolean): Promise<void> {
    if (location === null || (!asked && (id === this.#opened || this.#isTyping))) return;
    this.#opened = id;
    const document = await workspace.openTextDocument(Uri.parse(location.uri, true));
    await window.showTextDocument(document, { selection: toRange(location.range), preserveFocus: !asked });
  }

  /** Work that nobody waits for; what it throws is logged. */
  #background(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#log.error(`stepwise: ${messageOf(error)}`);
    });
  }
}
