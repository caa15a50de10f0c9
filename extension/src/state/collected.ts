/** Says what a collection has found. */

import type { CollectResult } from "../client/protocol.generated";

/** `412 tests collected, 1 error`; null where nothing was. */
export function collectedSentence(results: readonly CollectResult[]): string | null {
  const done = results.filter(({ cancelled, problem }) => !cancelled && problem === null);
  if (done.length === 0) return null;
  const sum = (count: (one: CollectResult) => number): number =>
    done.reduce((total, one) => total + count(one), 0);
  const errors = sum((one) => one.errors);
  const collected = `${counted(
    sum((one) => one.tests),
    "test",
  )} collected`;
  return errors === 0 ? `$(check) ${collected}` : `$(warning) ${collected}, ${counted(errors, "error")}`;
}

function counted(count: number, noun: string): string {
  return `${String(count)} ${noun}${count === 1 ? "" : "s"}`;
}
