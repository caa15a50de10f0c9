/** Draws what happens in one run of pytest. */

import type { TestItem, TestRun } from "vscode";

import type { Record, RunEvent } from "../client/protocol.generated";
import { failureOf, resultOf } from "../state/results";
import { toTestMessage } from "./testMessages";
import type { TestTree } from "./testTree";

export class RunDrawing {
  readonly #run: TestRun;
  readonly #tree: TestTree;

  constructor(run: TestRun, tree: TestTree) {
    this.#run = run;
    this.#tree = tree;
  }

  draw(events: readonly RunEvent[]): void {
    for (const event of events) this.#drawOne(event);
  }

  /** A dimmed line of ours among pytest's output. */
  say(text: string): void {
    this.#run.appendOutput(`\u001B[2m${withCrlf(text)}\u001B[0m\r\n`);
  }

  /** A line that must not be overlooked. */
  warn(text: string): void {
    this.#run.appendOutput(`\u001B[31m${withCrlf(text)}\u001B[0m\r\n`);
  }

  #drawOne(event: RunEvent): void {
    const { kind, id, record, output } = event;
    if (kind === "output" && isGiven(output)) this.#run.appendOutput(withCrlf(output));
    if (kind === "started" && isGiven(id)) this.#run.started(this.#tree.ensure(id));
    if (kind === "finished" && isGiven(record)) drawRecord(this.#run, this.#tree.ensure(record.id), record);
    if (kind === "collectionError" && isGiven(id))
      this.#drawCollectionError(this.#tree.ensure(id), record ?? null);
  }

  #drawCollectionError(item: TestItem, record: Record | null): void {
    if (record === null) return;
    this.#run.errored(item, toTestMessage(failureOf(record)));
  }
}

/** Paints one result. */
export function drawRecord(run: TestRun, item: TestItem, record: Record): void {
  const result = resultOf(record);
  switch (result.kind) {
    case "passed":
      run.passed(item, result.duration);
      return;
    case "skipped":
      run.skipped(item);
      return;
    case "failed":
      run.failed(item, toTestMessage(result.failure), result.duration);
      return;
    case "errored":
      run.errored(item, toTestMessage(result.failure), result.duration);
  }
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** VS Code's terminal starts a line where the last one ended, unless told to go back. */
function withCrlf(text: string): string {
  return text.replaceAll(/\r?\n/gu, "\r\n");
}
