/** The Cache panel: every key of the cache with its value as a tree. */

import * as l10n from "@vscode/l10n";
import { EventEmitter, window, type ProviderResult, type TreeDataProvider, type TreeItem } from "vscode";

import { CACHE_KEYS, CACHE_VALUE, type CacheEntry, type Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import { matches, problemOf } from "../state/cacheFilter";
import { keyRows } from "../state/cacheKeys";
import { rowsOf } from "../state/cacheTree";
import type { Server } from "../state/server";
import { drawRow, type CacheRow } from "./cacheRows";

export class Inspector extends DisposableStore implements TreeDataProvider<CacheRow> {
  readonly #server: Server;
  readonly #changed = this.add(new EventEmitter<CacheRow | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #filterChanged = this.add(new EventEmitter<string>());
  readonly onDidChangeFilter = this.#filterChanged.event;
  #roots: readonly Root[] = [];
  #filter = "";

  constructor(server: Server) {
    super();
    this.#server = server;
  }

  setRoots(roots: readonly Root[]): void {
    this.#roots = roots;
    this.refresh();
  }

  /** Asks for everything that is expanded anew. */
  refresh(): void {
    this.#changed.fire(undefined);
  }

  /** Lets people type which keys are shown. */
  async chooseFilter(): Promise<void> {
    const typed = await window.showInputBox({
      prompt: l10n.t("Show only keys that match, as pytest --cache-show does"),
      placeHolder: "cache/*",
      value: this.#filter,
      validateInput: problemOf,
    });
    if (typed !== undefined) this.setFilter(typed.trim());
  }

  /** Shows only keys that match `glob`; an empty one shows all. */
  setFilter(glob: string): void {
    this.#filter = glob;
    this.#filterChanged.fire(glob);
    this.refresh();
  }

  getTreeItem(row: CacheRow): TreeItem {
    return drawRow(row, Date.now() / 1000);
  }

  getChildren(row?: CacheRow): ProviderResult<CacheRow[]> {
    switch (row?.kind) {
      case undefined:
        return this.#top();
      case "root":
        return this.#keysOf(row.root.uri);
      case "folder":
        return row.entries.map((entry) => ({ kind: "key", root: row.root, entry }));
      case "key":
        return this.#valueOf(row.root, row.entry);
      case "value":
        return row.row.expand().map((below) => ({ ...row, row: below }));
      case "problem":
      case "hint":
        return [];
    }
  }

  /** A single root needs no row of its own. */
  async #top(): Promise<CacheRow[]> {
    const [only, ...others] = this.#roots;
    if (only === undefined) return [];
    if (others.length === 0) return this.#keysOf(only.uri);
    return this.#roots.map((root) => ({ kind: "root", root }));
  }

  async #keysOf(root: string): Promise<CacheRow[]> {
    try {
      const { entries, exists, writable } = await this.#server.request(CACHE_KEYS, { root });
      const shown = this.#filter === "" ? entries : entries.filter(({ key }) => matches(key, this.#filter));
      const rows = keyRows(shown).map((row): CacheRow => {
        if (row.kind === "folder") return { ...row, root };
        return { kind: "key", root, entry: row.entry };
      });
      if (entries.length > 0 && shown.length === 0)
        rows.push(hint(root, l10n.t("No key matches {0}", this.#filter)));
      const readOnly = l10n.t("The cache directory cannot be written to: pytest will not remember.");
      return exists && !writable ? [problem(root, "", readOnly), ...rows] : rows;
    } catch (error) {
      return [problem(root, "", messageOf(error))];
    }
  }

  async #valueOf(root: string, entry: CacheEntry): Promise<CacheRow[]> {
    if (entry.problem !== null) return [problem(root, entry.key, entry.problem)];
    try {
      const answer = await this.#server.request(CACHE_VALUE, { root, key: entry.key, kind: entry.kind });
      if (answer.problem !== null) return [problem(root, entry.key, answer.problem)];
      const value: unknown = JSON.parse(answer.text);
      return rowsOf(value).map((row) => ({ kind: "value", root, key: entry.key, row }));
    } catch (error) {
      return [problem(root, entry.key, messageOf(error))];
    }
  }
}

function problem(root: string, key: string, text: string): CacheRow {
  return { kind: "problem", root, key, text };
}

function hint(root: string, text: string): CacheRow {
  return { kind: "hint", root, text };
}
