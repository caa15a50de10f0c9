/** The Up Next view: the tests that the next run would run, in order, each with the reason why. */

import * as l10n from "@vscode/l10n";
import {
  EventEmitter,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  commands,
  window,
  type ProviderResult,
  type TreeDataProvider,
} from "vscode";

import { PREVIEW, type Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import { grouped } from "../state/numbers";
import type { Server } from "../state/server";
import { MODES, PAGE, entriesOf, modeOf, reasonOf, type Mode, type UpNextEntry } from "../state/upNext";
import { COMMANDS } from "./commandIds";
import { Refreshing } from "./refreshing";
import { drawTest, type PanelTest } from "./testRows";

/** What is remembered of a workspace between windows. */
export interface Memory {
  get(key: string): unknown;
  update(key: string, value: unknown): PromiseLike<void>;
}

export type UpNextRow =
  | { readonly kind: "root"; readonly root: Root }
  | {
      readonly kind: "test";
      readonly test: PanelTest;
      readonly entry: UpNextEntry & { readonly kind: "test" };
    }
  | { readonly kind: "note"; readonly root: string; readonly text: string; readonly isProblem: boolean }
  | { readonly kind: "more"; readonly root: string; readonly count: number };

const KEY = "upNext";
const STEP = 4;

export class UpNext extends DisposableStore implements TreeDataProvider<UpNextRow> {
  readonly #server: Server;
  readonly #memory: Memory;
  readonly #changed = this.add(new EventEmitter<UpNextRow | undefined>());
  readonly #modeChanged = this.add(new EventEmitter<Mode>());
  readonly #limits = new Map<string, number>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly onDidChangeMode = this.#modeChanged.event;
  readonly refreshing = this.add(
    new Refreshing(() => {
      this.#changed.fire(undefined);
    }),
  );
  #roots: readonly Root[] = [];
  #mode: Mode;

  constructor(server: Server, memory: Memory) {
    super();
    this.#server = server;
    this.#memory = memory;
    this.#mode = modeOf(memory.get(KEY));
  }

  /** Which run is shown. */
  get mode(): Mode {
    return this.#mode;
  }

  setRoots(roots: readonly Root[]): void {
    this.#roots = roots;
    this.#changed.fire(undefined);
  }

  /** Lets people choose which run is shown. */
  async selectMode(): Promise<void> {
    const rows = MODES.map((mode) => ({ label: mode.label, detail: mode.detail, mode }));
    const chosen = await window.showQuickPick(rows, { placeHolder: l10n.t("Show the order of which run?") });
    if (chosen === undefined) return;
    this.#mode = chosen.mode;
    this.#limits.clear();
    await this.#memory.update(KEY, this.#mode.kind);
    this.#modeChanged.fire(this.#mode);
    this.#changed.fire(undefined);
  }

  /** Shows more of a root whose tests are cut short. */
  showMore(row: unknown): void {
    // The row itself gives its root.
    if (typeof row !== "string") return;
    this.#limits.set(row, this.#limitOf(row) * STEP);
    this.#changed.fire(undefined);
  }

  getTreeItem(row: UpNextRow): TreeItem {
    switch (row.kind) {
      case "root":
        return make(row.root.name, TreeItemCollapsibleState.Expanded, {
          id: row.root.uri,
          iconPath: ThemeIcon.Folder,
        });
      case "test":
        return drawUpcoming(row.test, row.entry);
      case "note":
        return make(row.text, TreeItemCollapsibleState.None, {
          id: `${row.root}!`,
          tooltip: row.text,
          iconPath: new ThemeIcon(row.isProblem ? "warning" : "info"),
        });
      case "more":
        return make(l10n.t("… and {0} more", grouped(row.count)), TreeItemCollapsibleState.None, {
          id: `${row.root}…`,
          tooltip: l10n.t("Show more"),
          command: { command: COMMANDS.showMoreUpNext, title: l10n.t("Show More"), arguments: [row.root] },
        });
    }
  }

  getChildren(row?: UpNextRow): ProviderResult<UpNextRow[]> {
    if (row?.kind === "root") return this.#below(row.root.uri);
    if (row !== undefined) return [];
    const [only, ...others] = this.#roots;
    if (only === undefined) return [];
    return others.length === 0 ? this.#below(only.uri) : this.#roots.map((root) => ({ kind: "root", root }));
  }

  async #below(root: string): Promise<UpNextRow[]> {
    const params = { root, selection: { kind: this.#mode.kind }, limit: this.#limitOf(root) };
    try {
      const result = await this.refreshing.during(this.#server.request(PREVIEW, params));
      return entriesOf(result).map((entry) => rowOf(root, entry));
    } catch (error) {
      return [{ kind: "note", root, text: messageOf(error), isProblem: true }];
    }
  }

  #limitOf(root: string): number {
    return this.#limits.get(root) ?? PAGE;
  }
}

function rowOf(root: string, entry: UpNextEntry): UpNextRow {
  switch (entry.kind) {
    case "test":
      return {
        kind: "test",
        test: { root, id: entry.test.id, location: entry.test.location ?? null },
        entry,
      };
    case "note":
      return { kind: "note", root, text: entry.text, isProblem: false };
    case "more":
      return { kind: "more", root, count: entry.count };
  }
}

function drawUpcoming(
  test: PanelTest,
  { test: { why }, place, total }: UpNextEntry & { kind: "test" },
): TreeItem {
  const spoken = l10n.t("{0} of {1}", place, total);
  const item = drawTest(test, why, reasonOf(why), spoken);
  return Object.assign(item, { id: `${test.root}#${test.id}`, contextValue: "panelTest" });
}

function make(label: string, state: TreeItemCollapsibleState, look: Partial<TreeItem>): TreeItem {
  return Object.assign(new TreeItem(label, state), look);
}

/** Lets menus and welcome views go by the mode. */
export async function tellMode({ kind }: Mode): Promise<void> {
  await commands.executeCommand("setContext", "pytestRecall.upNext", kind);
}
