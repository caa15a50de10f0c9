/** Says how a cache is: in one sentence, and at length. */

import * as l10n from "@vscode/l10n";

import type { DoctorResult, Finding } from "../client/protocol.generated";

/** What is said of a cache, and whether there is more to say or to do. */
export interface Verdict {
  readonly tone: "good" | "bad";
  readonly sentence: string;
  readonly canRepair: boolean;
  readonly hasDetails: boolean;
}

/** `name` is the root's. */
export function verdictOf(name: string, result: DoctorResult): Verdict {
  const problems = problemsOf(result);
  const failed = result.repairs.filter(({ error }) => error !== null).length;
  const done = result.repairs.length - failed;
  return {
    tone: problems.length === 0 ? "good" : "bad",
    sentence: [...(done > 0 ? [doneSentence(name, done)] : []), stateSentence(name, result, done > 0)].join(
      " ",
    ),
    // What could not be repaired just now is not offered again.
    canRepair: failed === 0 && problems.some(({ remedy }) => remedy !== null),
    hasDetails: result.findings.length + result.repairs.length > 0,
  };
}

/** All that was found and done, as a text for people. */
export function reportOf(name: string, directory: string, result: DoctorResult): string {
  const problems = problemsOf(result);
  const notes = result.findings.filter(({ level }) => level === "note");
  const parts: readonly (readonly [string, readonly string[]])[] = [
    [
      l10n.t("Repaired"),
      result.repairs.flatMap(({ finding, done }) => (done === null ? [] : entry(finding, done))),
    ],
    [
      l10n.t("Could not be repaired"),
      result.repairs.flatMap(({ finding, error }) => (error === null ? [] : entry(finding, error))),
    ],
    [l10n.t("Problems"), problems.flatMap((one) => entry(one, remedyOf(one)))],
    [l10n.t("Notes"), notes.flatMap((one) => entry(one, null))],
  ];
  const written = parts
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([title, lines]) => ["", title, ...lines]);
  // What is damaged cannot be counted.
  const counts = problems.length === 0 ? ["", countsOf(result)] : [];
  return [l10n.t("The pytest cache of {0}", name), directory, ...counts, ...written, ""].join("\n");
}

function problemsOf({ findings }: DoctorResult): readonly Finding[] {
  return findings.filter(({ level }) => level === "problem");
}

function doneSentence(name: string, done: number): string {
  return done === 1
    ? l10n.t("1 problem of the pytest cache of {0} was repaired.", name)
    : l10n.t("{0} problems of the pytest cache of {1} were repaired.", done, name);
}

function stateSentence(name: string, result: DoctorResult, isAfterRepair: boolean): string {
  const count = problemsOf(result).length;
  if (count === 0 && isAfterRepair) return l10n.t("It is sound now: {0}.", countsOf(result));
  if (isEmpty(result)) return l10n.t("pytest remembers nothing of {0} yet.", name);
  if (count === 0) return l10n.t("The pytest cache of {0} is sound: {1}.", name, countsOf(result));
  if (isAfterRepair)
    return count === 1 ? l10n.t("1 problem is left.") : l10n.t("{0} problems are left.", count);
  return count === 1
    ? l10n.t("The pytest cache of {0} has 1 problem.", name)
    : l10n.t("The pytest cache of {0} has {1} problems.", name, count);
}

function isEmpty({ failures, findings, runs, tests, unfinished }: DoctorResult): boolean {
  return findings.length + failures + unfinished + tests + runs === 0;
}

function countsOf({ failures, runs, tests, unfinished }: DoctorResult): string {
  return [
    tests === 1 ? l10n.t("1 known test") : l10n.t("{0} known tests", tests),
    l10n.t("{0} failed", failures),
    l10n.t("{0} unfinished", unfinished),
    runs === 1 ? l10n.t("1 run") : l10n.t("{0} runs", runs),
  ].join(", ");
}

function remedyOf({ remedy }: Finding): string | null {
  return remedy === null ? null : l10n.t("Repair: {0}", remedy);
}

function entry({ path, more, message, ids }: Finding, outcome: string | null): readonly string[] {
  return [
    `  ${[path, ...more].join(", ")}`,
    `    ${message}`,
    ...ids.map((id) => `      ${id}`),
    ...(outcome === null ? [] : [`    ${outcome}`]),
  ];
}
