/** Says what a collection has found. */

import * as l10n from "@vscode/l10n";

import type { CollectResult } from "../client/protocol.generated";

/** `412 tests collected, 1 error`; null where nothing was. */
export function collectedSentence(results: readonly CollectResult[]): string | null {
  const done = results.filter(({ cancelled, problem }) => !cancelled && problem === null);
  if (done.length === 0) return null;
  const sum = (count: (one: CollectResult) => number): number =>
    done.reduce((total, one) => total + count(one), 0);
  const errors = sum((one) => one.errors);
  const tests = sum((one) => one.tests);
  const collected = tests === 1 ? l10n.t("1 test collected") : l10n.t("{0} tests collected", tests);
  if (errors === 0) return `$(check) ${collected}`;
  return `$(warning) ${collected}, ${errors === 1 ? l10n.t("1 error") : l10n.t("{0} errors", errors)}`;
}
