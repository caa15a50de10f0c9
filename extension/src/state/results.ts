/** Turns the record of a test into what a test run shows. */

import * as l10n from "@vscode/l10n";

import type { Frame, Location, OtherFailure, Record } from "../client/protocol.generated";
import { differenceBadge, kindOf } from "./badge";
import { outputOf } from "./output";

/** Why a test failed, as it is shown. */
export interface Failure {
  readonly text: string;
  /** What VS Code shows of it at the end of the failing line. */
  readonly badge: string;
  readonly difference: { readonly expected: string; readonly actual: string } | null;
  readonly location: Location | null;
  readonly frames: readonly Frame[];
  /** What else went wrong in the same test. */
  readonly others: readonly Other[];
}

/** A failed subtest, or a failed phase, beside the failure that decides. */
export interface Other {
  readonly text: string;
  readonly location: Location | null;
}

/** What a test run shows for one test; durations are milliseconds. */
export type Result =
  | { readonly kind: "passed"; readonly duration: number | undefined }
  | { readonly kind: "skipped" }
  | {
      readonly kind: "failed" | "errored";
      readonly duration: number | undefined;
      readonly failure: Failure;
    };

const PHASES = {
  setup: (reason: string) => l10n.t("error in set-up: {0}", reason),
  call: (reason: string) => l10n.t("failure: {0}", reason),
  teardown: (reason: string) => l10n.t("error in tear-down: {0}", reason),
} as const;

/** The result a record stands for; an expected failure counts as skipped, as in pytest's JUnit report. */
export function resultOf(record: Record): Result {
  const duration = record.duration === null ? undefined : record.duration * 1000;
  switch (record.outcome) {
    case "passed":
    case "xpassed":
      return { kind: "passed", duration };
    case "skipped":
    case "xfailed":
      return { kind: "skipped" };
    case "unfinished":
      // VS Code has no state for it; that of a test that could not be run to its end is the nearest.
      return { kind: "errored", duration, failure: failureOf(record) };
    case "failed":
    case "error":
      return { kind: isOutsideCall(record) ? "errored" : "failed", duration, failure: failureOf(record) };
  }
}

/** The failure that a record tells of. */
export function failureOf(record: Record): Failure {
  const { expected, actual, location, frames } = record;
  const reason = reasonOf(record);
  const report = [record.longrepr, outputOf(record)].filter((one) => one !== null);
  const others = (record.others ?? []).map(otherOf);
  if (expected !== null && actual !== null) {
    const badge = differenceBadge(expected, actual);
    const text = [reason, ...report].join("\n\n");
    return { text, badge, difference: { expected, actual }, location, frames, others };
  }
  // VS Code's badge is the first line of the text.
  const badge = badgeOf(record) ?? reason;
  const lines = badge === reason ? [reason, ...report] : [badge, reason, ...report];
  return { text: lines.join("\n\n"), badge, difference: null, location, frames, others };
}

function otherOf({ subtest, phase, message, location, longrepr }: OtherFailure): Other {
  const why = message ?? l10n.t("failed without a message");
  const reason = subtest === null ? PHASES[phase ?? "call"](why) : ofSubtest(subtest, why);
  return { text: longrepr === null ? reason : `${reason}\n\n${longrepr}`, location };
}

function ofSubtest(subtest: string, why: string): string {
  const name = subtest.trimEnd();
  return name === "" ? l10n.t("subtest: {0}", why) : l10n.t("subtest {0}: {1}", name, why);
}

function badgeOf({ outcome, message }: Record): string | undefined {
  if (outcome === "unfinished") return l10n.t("unfinished");
  return message === null ? undefined : kindOf(message);
}

function isOutsideCall(record: Record): boolean {
  return record.outcome === "error" || record.phase === "setup" || record.phase === "teardown";
}

function reasonOf(record: Record): string {
  const { message, phase } = record;
  if (message === null) return unknownReason(record);
  return phase === null || phase === "call" ? message : PHASES[phase](message);
}

function unknownReason(record: Record): string {
  return record.when === null
    ? l10n.t("failed in an earlier run; pytest's own cache keeps no reasons")
    : l10n.t("failed without a message");
}
