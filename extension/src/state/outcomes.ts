/** Says how tests ended, and how many of them. */

import * as l10n from "@vscode/l10n";

import type { Outcome } from "../client/protocol.generated";

/** `failed`. */
export function outcomeWord(outcome: Outcome): string {
  switch (outcome) {
    case "passed":
      return l10n.t("passed");
    case "failed":
      return l10n.t("failed");
    case "error":
      return l10n.t("error");
    case "skipped":
      return l10n.t("skipped");
    case "xfailed":
      return l10n.t("xfailed");
    case "xpassed":
      return l10n.t("xpassed");
    case "unfinished":
      return l10n.t("unfinished");
  }
}

/** `2 failed`; the number as it is to be read. */
export function countedOutcome(outcome: Outcome, count: string): string {
  switch (outcome) {
    case "passed":
      return l10n.t("{0} passed", count);
    case "failed":
      return l10n.t("{0} failed", count);
    case "error":
      return l10n.t("{0} error", count);
    case "skipped":
      return l10n.t("{0} skipped", count);
    case "xfailed":
      return l10n.t("{0} xfailed", count);
    case "xpassed":
      return l10n.t("{0} xpassed", count);
    case "unfinished":
      return l10n.t("{0} unfinished", count);
  }
}
