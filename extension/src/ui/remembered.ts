/** Paints what is remembered from before this window, so that failures have their reasons at once. */

import * as l10n from "@vscode/l10n";
import { TestRunRequest } from "vscode";

import type { Record, RecordsParams } from "../client/protocol.generated";
import { fileOf } from "../state/nodeIds";
import type { Explorer } from "./explorer";
import type { Painter } from "./painter";

interface Waiting {
  readonly records: ReadonlyMap<string, Record>;
  readonly forgotten: ReadonlySet<string>;
}

const NOTHING: Waiting = { records: new Map(), forgotten: new Set() };

export class Remembered {
  readonly #explorer: Explorer;
  readonly #painter: Painter;
  /** By root: what came before the tree was complete. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(explorer: Explorer, painter: Painter) {
    this.#explorer = explorer;
    this.#painter = painter;
  }

  remember({ root, reset, records, forgotten }: RecordsParams): void {
    const earlier = reset ? NOTHING : (this.#waiting.get(root) ?? NOTHING);
    const gone = new Set(forgotten);
    const kept = [...earlier.records].filter(([id]) => !gone.has(id));
    const known = new Map([...kept, ...records.map((record): [string, Record] => [record.id, record])]);
    this.#waiting.set(root, {
      records: known,
      // What was forgotten and has run again is known again.
      forgotten: new Set([...earlier.forgotten, ...forgotten].filter((id) => !known.has(id))),
    });
    this.paint(root);
  }

  /** A new server sends its own. */
  clear(): void {
    this.#waiting.clear();
  }

  /** Paints what waits, once the rows are there. */
  paint(root: string): void {
    const waiting = this.#waiting.get(root);
    if (waiting === undefined || !this.#explorer.isComplete(root) || !this.#explorer.isShown) return;
    this.#waiting.delete(root);
    this.#paintRecords(root, [...waiting.records.values()]);
    this.#forget(root, [...waiting.forgotten]);
  }

  #paintRecords(root: string, records: readonly Record[]): void {
    const tree = this.#explorer.tree(root);
    const found = records.flatMap((record) => {
      // Its row may not have been asked for yet.
      const item = tree?.hasFile(fileOf(record.id)) === true ? tree.ensure(record.id) : undefined;
      return item === undefined || this.#painter.shows(item, record) ? [] : [{ item, record }];
    });
    if (found.length === 0) return;
    const include = found.map(({ item }) => item);
    const request = new TestRunRequest(include, undefined, undefined, false, true);
    const run = this.#explorer.controller.createTestRun(request, l10n.t("Remembered results"), false);
    for (const { item, record } of found) this.#painter.paint(run, item, record);
    run.end();
    const stale = include.filter((item) => tree?.isStale(item) === true);
    if (stale.length > 0) this.#explorer.controller.invalidateTestResults(stale);
  }

  /** VS Code has no way back to "not yet run"; skipped is the nearest to it that counts as no failure. */
  #forget(root: string, ids: readonly string[]): void {
    const tree = this.#explorer.tree(root);
    const items = ids.map((id) => tree?.find(id)).filter((item) => item !== undefined);
    if (items.length === 0) return;
    const request = new TestRunRequest(items, undefined, undefined, false, true);
    const run = this.#explorer.controller.createTestRun(request, l10n.t("Forgotten results"), false);
    for (const item of items) {
      this.#painter.forget(item);
      run.skipped(item);
    }
    run.end();
  }
}
