/** Paints what is remembered from before this window, so that failures have their reasons at once. */

import { TestRunRequest } from "vscode";

import type { Record, RecordsParams } from "../client/protocol.generated";
import type { Explorer } from "./explorer";
import { drawRecord } from "./runDrawing";

interface Waiting {
  readonly records: ReadonlyMap<string, Record>;
  readonly forgotten: ReadonlySet<string>;
}

const NOTHING: Waiting = { records: new Map(), forgotten: new Set() };

export class Remembered {
  readonly #explorer: Explorer;
  /** By root: what came before the tree was complete. */
  readonly #waiting = new Map<string, Waiting>();

  constructor(explorer: Explorer) {
    this.#explorer = explorer;
  }

  remember({ root, reset, records, forgotten }: RecordsParams): void {
    const earlier = reset ? NOTHING : (this.#waiting.get(root) ?? NOTHING);
    const gone = new Set(forgotten);
    const kept = [...earlier.records].filter(([id]) => !gone.has(id));
    this.#waiting.set(root, {
      records: new Map([...kept, ...records.map((record): [string, Record] => [record.id, record])]),
      forgotten: new Set([...earlier.forgotten, ...forgotten]),
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
    if (waiting === undefined || !this.#explorer.isComplete(root)) return;
    this.#waiting.delete(root);
    this.#paintRecords(root, [...waiting.records.values()]);
    this.#forget(root, [...waiting.forgotten]);
  }

  #paintRecords(root: string, records: readonly Record[]): void {
    const tree = this.#explorer.tree(root);
    const found = records.flatMap((record) => {
      const item = tree?.find(record.id);
      return item === undefined ? [] : [{ item, record }];
    });
    if (found.length === 0) return;
    const include = found.map(({ item }) => item);
    const request = new TestRunRequest(include, undefined, undefined, false, true);
    const run = this.#explorer.controller.createTestRun(request, "Remembered results", false);
    for (const { item, record } of found) drawRecord(run, item, record);
    run.end();
  }

  #forget(root: string, ids: readonly string[]): void {
    const tree = this.#explorer.tree(root);
    const items = ids.map((id) => tree?.find(id)).filter((item) => item !== undefined);
    if (items.length > 0) this.#explorer.controller.invalidateTestResults(items);
  }
}
