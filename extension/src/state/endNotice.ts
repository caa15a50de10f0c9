/** Decides whether people are told that a run has ended, and in which words. */

import * as l10n from "@vscode/l10n";

import type { RunResult } from "../client/protocol.generated";
import { span } from "./human";
import { countedOutcome } from "./outcomes";

/** How a run ended: a result for each root, and what people had before their eyes. */
export interface Ending {
  readonly results: readonly RunResult[];
  /** The window has the focus. */
  readonly focused: boolean;
  /** A run that took more seconds than this is told of; 0: none is. */
  readonly after: number;
}

export interface EndNotice {
  readonly text: string;
  readonly hasFailures: boolean;
}

/** The outcomes in the order in which they are told. */
const OUTCOMES = ["failed", "error", "passed", "skipped", "xfailed", "xpassed"] as const;

/** Null: whoever looks at the window sees it, and whoever has cancelled the run knows. */
export function endNotice({ results, focused, after }: Ending): EndNotice | null {
  const seconds = Math.max(0, ...results.map(({ duration }) => duration));
  if (focused || after <= 0 || seconds <= after) return null;
  // What keeps pytest from running is told in any case.
  if (results.some(({ cancelled, problem }) => cancelled || problem !== null)) return null;
  const count = (outcome: string): number =>
    results.reduce((sum, { counts }) => sum + (counts[outcome] ?? 0), 0);
  const told = OUTCOMES.filter((outcome) => count(outcome) > 0).map((outcome) =>
    words(outcome, count(outcome)),
  );
  const what = told.length > 0 ? told.join(", ") : l10n.t("no test has run");
  return {
    text: l10n.t("pytest: {0} in {1}", what, span(seconds)),
    hasFailures: count("failed") + count("error") > 0,
  };
}

function words(outcome: (typeof OUTCOMES)[number], count: number): string {
  if (outcome === "error" && count > 1) return l10n.t("{0} errors", count);
  return countedOutcome(outcome, String(count));
}
