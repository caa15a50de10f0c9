/** Composes what the status bar says. */

import * as l10n from "@vscode/l10n";

import type { Progress, SummaryParams } from "../client/protocol.generated";

/** What a click on the status bar item does. */
export type StatusAction =
  | "rerunLastFailed"
  | "rerunOutstanding"
  | "showTests"
  | "selectInterpreter"
  | "restartServer"
  | "manageTrust"
  | "showStepwise";

/** The status bar item, ready to be shown. */
export interface StatusView {
  readonly text: string;
  /** Full sentences, for the tooltip and for screen readers. */
  readonly sentence: string;
  readonly action: StatusAction;
  readonly tone: "plain" | "warning";
}

/** All that the status bar item depends on. */
export interface StatusInput {
  readonly summaries: readonly SummaryParams[];
  readonly server: "starting" | "running" | "ended" | "off";
  readonly trusted: boolean;
  /** Why runs are not possible, or null. */
  readonly problem: string | null;
  /** What stepwise says while it is on. */
  readonly stepwise?: StatusView | null;
}

/** The most pressing thing first: no server, a run under way, stepwise, failures, unfinished tests, new ones, all is well. */
export function statusOf(input: StatusInput): StatusView {
  if (input.server === "ended") return ended(input.problem);
  if (input.server === "starting" && input.summaries.length === 0) return starting();
  const counts = countsOf(input.summaries);
  const { stepwise = null } = input;
  if (counts.running !== null) return inMode(running(counts.running, counts.waiting), stepwise);
  if (stepwise !== null && input.problem === null) return stepwise;
  return atRest(counts, input);
}

interface Counts {
  readonly failed: number;
  readonly unfinished: number;
  readonly new: number;
  readonly passed: number;
  readonly total: number;
  readonly running: Progress | null;
  readonly waiting: number;
}

function ended(problem: string | null): StatusView {
  const view = { text: "$(error) Pytest Recall", tone: "warning" } as const;
  if (problem !== null) {
    return {
      ...view,
      sentence: `${problem} ${l10n.t("Click to select an interpreter.")}`,
      action: "selectInterpreter",
    };
  }
  return {
    ...view,
    sentence: l10n.t("Pytest Recall's server has ended. Click to start it again."),
    action: "restartServer",
  };
}

function starting(): StatusView {
  return {
    text: "$(sync~spin) Pytest Recall",
    sentence: l10n.t("Pytest Recall is looking for tests."),
    action: "showTests",
    tone: "plain",
  };
}

function running(progress: Progress, waiting: number): StatusView {
  const { done, total, failed } = progress;
  const counted = total === null ? String(done) : `${String(done)}/${String(total)}`;
  return {
    text: [
      "$(sync~spin) " + counted,
      ...(failed > 0 ? [l10n.t("{0} failed", failed)] : []),
      ...(waiting > 0 ? [l10n.t("{0} waiting", waiting)] : []),
    ].join(" · "),
    sentence: [progressOf(progress), ...queue(waiting), l10n.t("Click to show the tests.")].join(" "),
    action: "showTests",
    tone: "plain",
  };
}

function progressOf({ done, total, failed }: Progress): string {
  if (total === null)
    return done === 1
      ? l10n.t("pytest is running: 1 test done, {0} failed.", failed)
      : l10n.t("pytest is running: {0} tests done, {1} failed.", done, failed);
  return total === 1
    ? l10n.t("pytest is running: {0} of 1 test done, {1} failed.", done, failed)
    : l10n.t("pytest is running: {0} of {1} tests done, {2} failed.", done, total, failed);
}

function inMode(view: StatusView, stepwise: StatusView | null): StatusView {
  if (stepwise === null) return view;
  const text = view.text.replace(/^(\$\([^)]*\)) /u, `$1 ${l10n.t("stepwise")} · `);
  return { ...view, text, sentence: `${l10n.t("Stepwise is on.")} ${view.sentence}` };
}

function queue(waiting: number): readonly string[] {
  if (waiting === 0) return [];
  return [waiting === 1 ? l10n.t("1 more run is waiting.") : l10n.t("{0} more runs are waiting.", waiting)];
}

function atRest(counts: Counts, input: StatusInput): StatusView {
  const view = viewOf(counts);
  if (!input.trusted) {
    return {
      ...view,
      sentence: [
        factsOf(counts),
        l10n.t("Tests are not run in Restricted Mode."),
        l10n.t("Click to manage trust."),
      ].join(" "),
      action: "manageTrust",
    };
  }
  if (input.problem === null) return view;
  return {
    text: view.text.replace(/^\$\([^)]*\)/u, "$(warning)"),
    sentence: `${factsOf(counts)} ${input.problem} ${l10n.t("Click to select an interpreter.")}`,
    action: "selectInterpreter",
    tone: "warning",
  };
}

function viewOf(counts: Counts): StatusView {
  if (counts.failed > 0) return failures(counts);
  return counts.unfinished > 0 ? unfinished(counts) : noFailures(counts);
}

function failures(counts: Counts): StatusView {
  return {
    text: ["$(testing-failed-icon) " + l10n.t("{0} failed", counts.failed), ...newPart(counts)].join(" · "),
    sentence: `${factsOf(counts)} ${l10n.t("Click to rerun what failed.")}`,
    action: "rerunLastFailed",
    tone: "plain",
  };
}

function unfinished(counts: Counts): StatusView {
  return {
    text: ["$(testing-queued-icon) " + l10n.t("{0} unfinished", counts.unfinished), ...newPart(counts)].join(
      " · ",
    ),
    sentence: `${factsOf(counts)} ${l10n.t("Click to rerun what is outstanding.")}`,
    action: "rerunOutstanding",
    tone: "plain",
  };
}

function noFailures(counts: Counts): StatusView {
  const icon = counts.passed > 0 ? "$(testing-passed-icon)" : "$(beaker)";
  const known = counts.passed > 0 ? [l10n.t("{0} passed", counts.passed)] : [];
  const parts = [...known, ...newPart(counts)];
  return {
    text: `${icon} ${parts.length > 0 ? parts.join(" · ") : tests(counts.total)}`,
    sentence: `${factsOf(counts)} ${l10n.t("Click to show the tests.")}`,
    action: "showTests",
    tone: "plain",
  };
}

function newPart(counts: Counts): readonly string[] {
  return counts.new > 0 ? [l10n.t("{0} new", counts.new)] : [];
}

function factsOf(counts: Counts): string {
  if (counts.total === 0 && counts.failed === 0 && counts.unfinished === 0)
    return l10n.t("No pytest tests were found.");
  const { passed, total } = counts;
  const clauses = [
    someFailed(counts.failed),
    ...(counts.unfinished > 0 ? [someUnfinished(counts.unfinished)] : []),
    someNew(counts.new),
    total === 1 ? l10n.t("{0} of 1 test passed", passed) : l10n.t("{0} of {1} tests passed", passed, total),
  ];
  return `${clauses.join(", ")}.`;
}

function someFailed(count: number): string {
  if (count === 0) return l10n.t("No test has failed");
  return count === 1 ? l10n.t("1 test has failed") : l10n.t("{0} tests have failed", count);
}

function someUnfinished(count: number): string {
  return count === 1 ? l10n.t("1 is unfinished") : l10n.t("{0} are unfinished", count);
}

function someNew(count: number): string {
  if (count === 0) return l10n.t("none is new");
  return count === 1 ? l10n.t("1 is new") : l10n.t("{0} are new", count);
}

function tests(count: number): string {
  return count === 1 ? l10n.t("1 test") : l10n.t("{0} tests", count);
}

function countsOf(summaries: readonly SummaryParams[]): Counts {
  return summaries.reduce<Counts>(
    (sum, one) => ({
      failed: sum.failed + one.failed,
      unfinished: sum.unfinished + one.unfinished,
      new: sum.new + one.new,
      passed: sum.passed + one.passed,
      total: sum.total + one.total,
      running: sumOf(sum.running, one.running),
      waiting: sum.waiting + (one.waiting ?? 0),
    }),
    { failed: 0, unfinished: 0, new: 0, passed: 0, total: 0, running: null, waiting: 0 },
  );
}

function sumOf(one: Progress | null, other: Progress | null): Progress | null {
  if (one === null || other === null) return one ?? other;
  return {
    done: one.done + other.done,
    total: one.total === null || other.total === null ? null : one.total + other.total,
    failed: one.failed + other.failed,
  };
}
