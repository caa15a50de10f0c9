/** Says what came of an import: in one sentence, and at length. */

import * as l10n from "@vscode/l10n";

import type { ImportResult, Unmatched } from "../client/protocol.generated";

/** What may become of imported failures, as people choose it. */
export const WAYS = [
  {
    into: "look",
    label: l10n.t("Only Look at Them"),
    detail: l10n.t("The run is kept in the history; what is remembered as failed stays as it is."),
  },
  {
    into: "add",
    label: l10n.t("Add Them to the Last Failed Tests"),
    detail: l10n.t("Rerun Last Failed, and pytest --lf, run them together with those that failed here."),
  },
  {
    into: "replace",
    label: l10n.t("Make Them the Last Failed Tests"),
    detail: l10n.t("Rerun Last Failed, and pytest --lf, run these alone; a copy of the others is kept."),
  },
] as const;

export type Into = (typeof WAYS)[number]["into"];

/** Whether nothing was left out. */
export function isWhole(result: ImportResult): boolean {
  return result.run !== null && leftOut(result) === 0 && result.problems.length === 0;
}

/** The import in one sentence or two. */
export function sentenceOf(result: ImportResult, into: Into): string {
  if (result.run === null) {
    return [l10n.t("Nothing of {0} was imported.", result.name), ...result.problems].join(" ");
  }
  const left = leftOut(result);
  return [
    importedSentence(result, into),
    ...(left === 1 ? [l10n.t("1 name could not be told to be one test here.")] : []),
    ...(left > 1 ? [l10n.t("{0} names could not be told to be one test here.", left)] : []),
    ...result.problems,
  ].join(" ");
}

/** How many failures they were, and what became of them. */
function importedSentence({ name, failureCount, tests }: ImportResult, into: Into): string {
  const failures = failureCount === 1 ? l10n.t("1 failure") : l10n.t("{0} failures", failureCount);
  const of = tests === 1 ? l10n.t("1 test") : l10n.t("{0} tests", tests);
  switch (into) {
    case "look":
      return l10n.t("{0} of {1} imported from {2}.", failures, of, name);
    case "add":
      return l10n.t("{0} of {1} imported from {2} and added to the last failed tests.", failures, of, name);
    case "replace":
      return l10n.t("{0} of {1} imported from {2} and made the last failed tests.", failures, of, name);
  }
}

/** All of it, as a text for people. */
export function reportOf(result: ImportResult): string {
  const parts: readonly (readonly [string, number, readonly string[]])[] = [
    [
      l10n.t("Failures"),
      result.failureCount,
      result.failures.flatMap(({ id, message }) => entry(id, message)),
    ],
    [l10n.t("Ambiguous"), result.ambiguousCount, result.ambiguous.flatMap(unmatched)],
    [l10n.t("Unknown"), result.unknownCount, result.unknown.flatMap(unmatched)],
    [l10n.t("How names were read"), result.notes.length, result.notes.map((note) => `  ${note}`)],
    [l10n.t("Problems"), result.problems.length, result.problems.map((problem) => `  ${problem}`)],
  ];
  const written = parts
    .filter(([, count]) => count > 0)
    .flatMap(([title, count, lines]) => ["", `${title} (${String(count)})`, ...lines]);
  const run = result.run === null ? [] : [l10n.t("run {0}", result.run)];
  return [l10n.t("Imported from {0}", result.name), ...run, ...written, ""].join("\n");
}

function unmatched({ written, outcome, why, candidates, candidateCount }: Unmatched): readonly string[] {
  const more = candidateCount - candidates.length;
  return [
    `  ${written} (${outcome})`,
    `    ${why}`,
    ...candidates.map((id) => `      ${id}`),
    ...(more > 0 ? [`      ${l10n.t("and {0} more", more)}`] : []),
  ];
}

function entry(id: string, message: string | null): readonly string[] {
  return [`  ${id}`, ...(message === null ? [] : [`    ${message}`])];
}

function leftOut({ ambiguousCount, unknownCount }: ImportResult): number {
  return ambiguousCount + unknownCount;
}
