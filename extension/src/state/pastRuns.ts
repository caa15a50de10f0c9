/** Says in words what a remembered run was, and how it went. */

import * as l10n from "@vscode/l10n";

import type { Outcome, PastRun, RunState } from "../client/protocol.generated";
import { age } from "./human";
import { fixed, grouped } from "./numbers";
import { countedOutcome } from "./outcomes";

const MODES: Readonly<Record<string, string>> = {
  lf: l10n.t("Last Failed"),
  outstanding: l10n.t("Outstanding"),
  ff: l10n.t("Failed First"),
  nf: l10n.t("New First"),
  sw: l10n.t("Stepwise"),
  "collect-only": l10n.t("Collect Only"),
  "setup-only": l10n.t("Set-up Only"),
};

const ORIGINS: Readonly<Record<PastRun["origin"], string>> = {
  editor: "",
  terminal: l10n.t("terminal"),
  imported: l10n.t("imported"),
};

const STATES: Readonly<Record<RunState, string>> = {
  running: l10n.t("running"),
  passed: l10n.t("passed"),
  failed: l10n.t("failed"),
  interrupted: l10n.t("interrupted"),
  empty: l10n.t("no tests"),
};

/** The worst first. */
const OUTCOMES: readonly Outcome[] = [
  "error",
  "failed",
  "unfinished",
  "xpassed",
  "passed",
  "xfailed",
  "skipped",
];

/** Tests with these outcomes stand directly below their run. */
export const AT_ONCE: readonly Outcome[] = ["failed", "error", "unfinished"];

/** What was selected: `Last Failed`, `Selected Tests`, `All Tests`. */
export function selectionOf({ modes, args, source }: PastRun): string {
  if (typeof source === "string") return source;
  const words = modes.flatMap((mode) => MODES[mode] ?? []);
  if (words.length > 0) return words.join(", ");
  const isNarrowed = modes.includes("select") || args.some((one) => /^-[km]|::|\.py$|\/$/.test(one));
  return isNarrowed ? l10n.t("Selected Tests") : l10n.t("All Tests");
}

/** `2 failed, 12 passed`. */
export function countsOf({ counts }: PastRun): string {
  const known = OUTCOMES.filter((one) => (counts[one] ?? 0) > 0);
  return known.map((one) => countedOutcome(one, grouped(counts[one] ?? 0))).join(", ");
}

/** `2 failed, 12 passed · 1.5 s · 5 min ago · terminal`; `now` in seconds. */
export function summaryOf(run: PastRun, now: number): string {
  const counts = countsOf(run);
  const parts = [
    run.state === "running" || run.state === "interrupted" ? STATES[run.state] : "",
    counts === "" && run.state !== "running"
      ? run.state === "interrupted"
        ? ""
        : STATES[run.state]
      : counts,
    run.duration === null ? "" : seconds(run.duration),
    run.when === null ? "" : age(run.when, now),
    ORIGINS[run.origin],
  ];
  return parts.filter((part) => part !== "").join(" · ");
}

/** All of it in a sentence, for screen readers. */
export function sentenceOf(run: PastRun, now: number): string {
  return `${selectionOf(run)}, ${STATES[run.state]}, ${summaryOf(run, now).replaceAll(" · ", ", ")}`;
}

/** Whether the run has failed tests that can be rerun. */
export function hasFailures({ counts, state }: PastRun): boolean {
  return (counts["failed"] ?? 0) + (counts["error"] ?? 0) > 0 || state === "failed";
}

/** Outcomes with their numbers, of which the tests are shown when they are asked for. */
export function groupsOf({
  counts,
}: PastRun): readonly { readonly outcome: Outcome; readonly count: number }[] {
  return OUTCOMES.filter((one) => !AT_ONCE.includes(one) && (counts[one] ?? 0) > 0).map((outcome) => ({
    outcome,
    count: counts[outcome] ?? 0,
  }));
}

/** `35 ms`, `1.5 s`, `2 min 5 s`. */
export function seconds(duration: number): string {
  if (duration < 1) return l10n.t("{0} ms", fixed(duration * 1000, 0));
  if (duration < 60) return l10n.t("{0} s", fixed(duration, 1));
  return l10n.t("{0} min {1} s", Math.floor(duration / 60), fixed(duration % 60, 0));
}
