/** The Recall panel: the views Up Next, Runs and Cache, and what draws them anew. */

import { commands, window, type TreeDataProvider, type TreeView } from "vscode";

import type { Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import type { Server } from "../state/server";
import type { CacheRow } from "./cacheRows";
import { Inspector } from "./inspector";
import { RunReports } from "./pastRunCommands";
import type { RunRow } from "./pastRunRows";
import { PastRuns } from "./pastRuns";
import type { Refreshing } from "./refreshing";
import { UpNext, tellMode, type Memory, type UpNextRow } from "./upNext";

export class Panel extends DisposableStore {
  readonly upNext: UpNext;
  readonly runs: PastRuns;
  readonly reports: RunReports;
  readonly cache: Inspector;
  readonly #upNextView: TreeView<UpNextRow>;
  readonly #runsView: TreeView<RunRow>;
  readonly #cacheView: TreeView<CacheRow>;

  constructor(server: Server, memory: Memory) {
    super();
    this.upNext = this.add(new UpNext(server, memory));
    this.runs = this.add(new PastRuns(server));
    this.reports = this.add(new RunReports(server));
    this.cache = this.add(new Inspector(server));
    this.#upNextView = this.#show("pytestRecall.upNext", this.upNext);
    this.#runsView = this.#show("pytestRecall.runs", this.runs);
    this.#cacheView = this.#show("pytestRecall.cache", this.cache);
    this.#follow(this.#upNextView, this.upNext.refreshing);
    this.#follow(this.#runsView, this.runs.refreshing);
    this.add(
      this.upNext.onDidChangeMode(() => {
        this.#tellMode();
      }),
    );
    this.add(
      this.cache.onDidChangeFilter((glob) => {
        this.#cacheView.description = glob;
        void commands.executeCommand("setContext", "pytestRecall.cacheFiltered", glob !== "");
      }),
    );
    this.#tellMode();
  }

  setRoots(roots: readonly Root[]): void {
    this.upNext.setRoots(roots);
    this.runs.setRoots(roots);
    this.cache.setRoots(roots);
  }

  /** Tests have come, changed or gone. */
  testsChanged(): void {
    this.upNext.refreshing.ask();
  }

  /** A run has begun, told something, or ended. */
  runsChanged(): void {
    this.runs.refreshing.ask();
  }

  /** Keys of the cache have changed, and so what is remembered. */
  cacheChanged(): void {
    this.cache.refresh();
    this.upNext.refreshing.ask();
    this.runs.refreshing.ask();
  }

  /** The row that a command is about: that of its menu, or the one that is chosen in the view with the focus. */
  rowOf(argument: unknown, view: "upNext" | "runs" | "cache"): unknown {
    if (argument !== undefined) return argument;
    const views = { upNext: this.#upNextView, runs: this.#runsView, cache: this.#cacheView };
    return views[view].selection[0];
  }

  #show<T>(id: string, treeDataProvider: TreeDataProvider<T>): TreeView<T> {
    return this.add(
      window.createTreeView(id, { treeDataProvider, showCollapseAll: id !== "pytestRecall.upNext" }),
    );
  }

  #follow(view: TreeView<unknown>, refreshing: Refreshing): void {
    refreshing.setSeen(view.visible);
    this.add(
      view.onDidChangeVisibility(({ visible }) => {
        refreshing.setSeen(visible);
      }),
    );
  }

  #tellMode(): void {
    const { mode } = this.upNext;
    this.#upNextView.description = mode.label;
    void tellMode(mode);
  }
}
