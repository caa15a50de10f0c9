/** Runs what was saved, for as long as VS Code's continuous run is on. */

import * as l10n from "@vscode/l10n";
import {
  TestRunRequest,
  Uri,
  commands,
  window,
  workspace,
  type CancellationToken,
  type TextDocument,
} from "vscode";

import { DisposableStore } from "../platform/disposables";
import { Saves, rootAround, together } from "../state/saves";
import type { Explorer } from "./explorer";
import type { Part, Runs } from "./runs";

const LABEL = l10n.t("Run on Save");
const SAID_FOR = 5000;

/** What it asks of its owner. */
export interface SaveWishes {
  /** Whether something else runs what is saved, as stepwise does. */
  readonly isLeftToOthers: () => boolean;
  /** Awaited before each run. */
  readonly prepare: () => Promise<void>;
  /** Tell people why nothing could be run. */
  readonly report: (problem: string) => void;
  /** Log what nobody waits for. */
  readonly failed: (error: unknown) => void;
}

export class RunOnSave extends DisposableStore {
  readonly #explorer: Explorer;
  readonly #runs: Runs;
  readonly #wishes: SaveWishes;
  /** One for each time that it was turned on: for everything, or for rows. */
  readonly #requests = new Set<TestRunRequest>();
  readonly #saves = new Saves(after, (files) => {
    this.#run(files).catch(this.#wishes.failed);
  });
  /** What was told last: it is not told again with every save. */
  #problems: readonly string[] = [];

  constructor(explorer: Explorer, runs: Runs, wishes: SaveWishes) {
    super();
    this.#explorer = explorer;
    this.#runs = runs;
    this.#wishes = wishes;
    this.add(
      workspace.onDidSaveTextDocument((document) => {
        this.#saved(document);
      }),
    );
    this.add({
      dispose: () => {
        this.#saves.clear();
      },
    });
  }

  /** Runs what `request` chooses with every save from now on, until `token` is cancelled. */
  watch(request: TestRunRequest, token: CancellationToken): void {
    this.#requests.add(request);
    if (this.#requests.size === 1) say(`$(eye) ${l10n.t("Tests run on save")}`);
    this.add(
      token.onCancellationRequested(() => {
        this.#requests.delete(request);
        if (this.#requests.size > 0) return;
        // A run that is under way goes on to its end.
        this.#saves.clear();
        this.#problems = [];
        say(`$(eye-closed) ${l10n.t("Tests no longer run on save")}`);
      }),
    );
  }

  /** Turns VS Code's own continuous run on or off, so that its buttons show what holds. */
  async toggle(): Promise<void> {
    const on = this.#requests.size > 0;
    await commands.executeCommand(on ? "testing.stopContinuousRun" : "testing.startContinuousRun");
  }

  #saved({ uri }: TextDocument): void {
    if (this.#requests.size === 0 || uri.scheme !== "file" || this.#wishes.isLeftToOthers()) return;
    this.#saves.saved(uri.toString());
  }

  async #run(files: readonly string[]): Promise<void> {
    await this.#wishes.prepare();
    const parts = this.#partsOf(files);
    if (parts.length === 0) return;
    // The focus stays where it is.
    const request = new TestRunRequest(undefined, undefined, undefined, true, true);
    const problems = await this.#runs.runQuietly(request, LABEL, parts);
    for (const one of problems) if (!this.#problems.includes(one)) this.#wishes.report(one);
    this.#problems = problems;
  }

  #partsOf(files: readonly string[]): readonly Part[] {
    const watched = [...this.#requests].flatMap(({ include, exclude }) =>
      this.#explorer.chosen(include, exclude),
    );
    const spelled = new Map(
      this.#explorer.roots.map(({ uri }) => [Uri.parse(uri, true).toString(), uri] as const),
    );
    const saved = files.map((file) => {
      const around = rootAround(file, [...spelled.keys()]);
      return { file, root: around === undefined ? undefined : spelled.get(around) };
    });
    return together(watched).flatMap(({ root, ids, exclude }): readonly Part[] => {
      const here = saved.filter((one) => one.root === root).map(({ file }) => file);
      return here.length === 0 ? [] : [{ root, selection: { kind: "changed", ids, exclude, files: here } }];
    });
  }
}

function say(text: string): void {
  window.setStatusBarMessage(text, SAID_FOR);
}

function after(milliseconds: number, job: () => void): () => void {
  const timer = setTimeout(job, milliseconds);
  return () => {
    clearTimeout(timer);
  };
}
