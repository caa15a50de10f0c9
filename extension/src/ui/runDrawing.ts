/** Draws what happens in one run of pytest. */

import type { TestItem, TestRun } from "vscode";

import type { Record, RunEvent } from "../client/protocol.generated";
import { outcomeWord } from "../state/outcomes";
import { outputOf } from "../state/output";
import type { Painter } from "./painter";
import type { TestTree } from "./testTree";

/** A run of more tests than this is large. */
const LARGE = 1000;
/** Seconds; in a large run what takes less is shown without its duration: then each process tells of ten a second at most. */
const BRIEF = 0.1;

export class RunDrawing {
  readonly #run: TestRun;
  readonly #tree: TestTree;
  readonly #painter: Painter;
  readonly #begun = new Set<TestItem>();
  #isAtLineStart = true;
  #isLarge = false;

  constructor(run: TestRun, tree: TestTree, painter: Painter) {
    this.#run = run;
    this.#tree = tree;
    this.#painter = painter;
  }

  /** `selected` is the number of tests that the run is of, null while it is not known. */
  draw(events: readonly RunEvent[], selected: number | null): void {
    this.#isLarge = (selected ?? 0) > LARGE;
    const ends = lastEnds(events);
    const left = events.filter((event, index) => {
      // Nobody would see it run, and VS Code draws each state of each row.
      return event.kind !== "started" || index >= (ends.get(event.id ?? "") ?? 0);
    });
    // What runs on is told before what has ended: rows above both run on, and are not drawn anew.
    const begins = ({ kind, id }: RunEvent): boolean => kind === "started" && !ends.has(id ?? "");
    for (const event of left) if (begins(event)) this.#drawOne(event);
    for (const event of left) if (!begins(event)) this.#drawOne(event);
  }

  /** Tests that were interrupted would be shown as skipped: a failure that is remembered must not be hidden so. */
  end(): void {
    for (const item of this.#begun) this.#painter.repaint(this.#run, item);
    this.#begun.clear();
  }

  /** A dimmed line of ours among pytest's output. */
  say(text: string): void {
    this.#line(`\u001B[2m${text}\u001B[0m`);
  }

  /** A line that must not be overlooked. */
  warn(text: string): void {
    this.#line(`\u001B[31m${text}\u001B[0m`);
  }

  #line(text: string): void {
    this.#write(`${this.#isAtLineStart ? "" : "\n"}${text}\n`);
  }

  #write(text: string): void {
    this.#isAtLineStart = text.endsWith("\n");
    this.#run.appendOutput(withCrlf(text));
  }

  #drawOne(event: RunEvent): void {
    const { kind, id, record, output } = event;
    if (kind === "output" && isGiven(output)) this.#write(output);
    if (kind === "started" && isGiven(id)) this.#start(this.#tree.ensure(id));
    const isOver = kind === "finished" || kind === "unfinished";
    if (isOver && isGiven(record)) this.#paint(this.#tree.ensure(record.id), record);
    if (kind === "collectionError" && isGiven(id) && isGiven(record)) {
      this.#paint(this.#tree.ensure(id), { ...record, outcome: "error" });
    }
  }

  #start(item: TestItem): void {
    this.#begun.add(item);
    this.#run.started(item);
  }

  #paint(item: TestItem, record: Record): void {
    this.#begun.delete(item);
    this.#painter.paint(this.#run, item, this.#shownOf(record));
    this.#own(item, record);
  }

  /**
   * With each duration VS Code adds up those of all rows above, and walks every row that has none yet:
   * hundreds of brief ones in a second would hold up what somebody types meanwhile.
   */
  #shownOf(record: Record): Record {
    const isBrief = record.duration !== null && record.duration < BRIEF;
    return this.#isLarge && isBrief ? { ...record, duration: null } : record;
  }

  /** What a test printed, or why it was skipped, as its own: VS Code shows it when its row is chosen. */
  #own(item: TestItem, record: Record): void {
    const parts = [reasonOf(record), outputOf(record)].filter((one) => one !== null);
    // Of a failure it stands in the message, unless VS Code shows two texts side by side instead.
    if (parts.length === 0 || (isFailing(record) && !hasDifference(record))) return;
    if (!this.#isAtLineStart) this.#write("\n");
    this.#run.appendOutput(withCrlf(`${parts.join("\n")}\n`), undefined, item);
  }
}

/** By node id: where in *events* the test ends for the last time. */
function lastEnds(events: readonly RunEvent[]): ReadonlyMap<string, number> {
  return new Map(
    events.flatMap(({ record }, index) => (isGiven(record) ? [[record.id, index] as const] : [])),
  );
}

/** Why a test was skipped, or was expected to fail: VS Code has no message for such a result. */
function reasonOf({ outcome, message }: Record): string | null {
  if (outcome !== "skipped" && outcome !== "xfailed") return null;
  return [outcomeWord(outcome), message].filter((one) => one !== null).join(": ");
}

function isFailing({ outcome }: Record): boolean {
  return outcome === "failed" || outcome === "error";
}

function hasDifference({ expected, actual }: Record): boolean {
  return expected !== null && actual !== null;
}

function isGiven<T>(value: T | null | undefined): value is T {
  return value !== null && value !== undefined;
}

/** VS Code's terminal starts a line where the last one ended, unless told to go back. */
function withCrlf(text: string): string {
  return text.replaceAll(/\r?\n/gu, "\r\n");
}
