/** Says in words what a remembered run was, and how it went. */

import type { Outcome, PastRun, RunState } from "../client/protocol.generated";
import { age } from "./human";

const MODES: Readonly<Record<string, string>> = {
  lf: "Last Failed",
  outstanding: "Outstanding",
  ff: "Failed First",
  nf: "New First",
  sw: "Stepwise",
  "collect-only": "Collect Only",
  "setup-only": "Set-up Only",
};

const ORIGINS: Readonly<Record<PastRun["origin"], string>> = {
  editor: "",
  terminal: "terminal",
  imported: "imported",
};

const STATES: Readonly<Record<RunState, string>> = {
  running: "running",
  passed: "passed",
  failed: "failed",
  interrupted: "interrupted",
  empty: "no tests",
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
  return isNarrowed ? "Selected Tests" : "All Tests";
}

/** `2 failed, 12 passed`. */
export function countsOf({ counts }: PastRun): string {
  const known = OUTCOMES.filter((one) => (counts[one] ?? 0) > 0);
  return known.map((one) => `${(counts[one] ?? 0).toLocaleString("en")} ${one}`).join(", ");
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
  if (duration < 1) return `${(duration * 1000).toFixed(0)} ms`;
  if (duration < 60) return `${duration.toFixed(1)} s`;
  return `${String(Math.floor(duration / 60))} min ${(duration % 60).toFixed(0)} s`;
}
