/** Paints results into test runs, and remembers the badges that VS Code may draw for them. */

import type { TestItem, TestRun } from "vscode";

import type { Record } from "../client/protocol.generated";
import { resultOf, type Failure } from "../state/results";
import { toTestMessages } from "./testMessages";

export class Painter {
  /** By node id: what the badge of its last failure says. */
  readonly #badges = new Map<string, string>();
  /** What each row shows, so that nothing is painted twice. */
  readonly #shown = new WeakMap<TestItem, Record>();

  /** Whether the row shows this result already; a place that has only moved with an edit, VS Code moves itself. */
  shows(item: TestItem, record: Record): boolean {
    const shown = this.#shown.get(item);
    return shown !== undefined && identityOf(shown) === identityOf(record);
  }

  /** The row shows nothing any more. */
  forget(item: TestItem): void {
    this.#shown.delete(item);
  }

  paint(run: TestRun, item: TestItem, record: Record): void {
    this.#clearAbove(run, item);
    this.#shown.set(item, record);
    const result = resultOf(record);
    switch (result.kind) {
      case "passed":
        run.passed(item, result.duration);
        return;
      case "skipped":
        run.skipped(item);
        return;
      case "failed":
        run.failed(item, this.#messages(record.id, result.failure), result.duration);
        return;
      case "errored":
        run.errored(item, this.#messages(record.id, result.failure), result.duration);
    }
  }

  /** Paints anew what the row showed before a run that began it and did not finish it. */
  repaint(run: TestRun, item: TestItem): void {
    const record = this.#shown.get(item);
    if (record !== undefined) this.paint(run, item, record);
  }

  /** The longest badge that one of these tests may have on its failing line. */
  badgeOf(ids: readonly string[]): string | undefined {
    const badges = ids.flatMap((id) => this.#badges.get(id) ?? []);
    return badges.sort((one, other) => other.length - one.length)[0];
  }

  /** A test that ran proves that its file and its class can be collected again. */
  #clearAbove(run: TestRun, item: TestItem): void {
    for (let above = item.parent; above !== undefined; above = above.parent) {
      // Skipped says the least: the row takes its look from the tests below it.
      if (this.#shown.delete(above)) run.skipped(above);
    }
  }

  #messages(id: string, failure: Failure): ReturnType<typeof toTestMessages> {
    this.#badges.set(id, failure.badge);
    return toTestMessages(failure);
  }
}

function identityOf({ outcome, message, expected, actual }: Record): string {
  return JSON.stringify([outcome, message, expected, actual]);
}
