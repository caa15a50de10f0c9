/** Says what came of an import: in one sentence, and at length. */

import type { ImportResult, Unmatched } from "../client/protocol.generated";

/** What may become of imported failures, as people choose it. */
export const WAYS = [
  {
    into: "look",
    label: "Only Look at Them",
    detail: "The run is kept in the history; what is remembered as failed stays as it is.",
  },
  {
    into: "add",
    label: "Add Them to the Last Failed Tests",
    detail: "Rerun Last Failed, and pytest --lf, run them together with those that failed here.",
  },
  {
    into: "replace",
    label: "Make Them the Last Failed Tests",
    detail: "Rerun Last Failed, and pytest --lf, run these alone; a copy of the others is kept.",
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
    return [`Nothing of ${result.name} was imported.`, ...result.problems].join(" ");
  }
  const failures = counted(result.failureCount, "failure");
  const of = counted(result.tests, "test");
  const left = leftOut(result);
  return [
    `${failures} of ${of} imported from ${result.name}${AFTERWARDS[into]}.`,
    ...(left > 0 ? [`${counted(left, "name")} could not be told to be one test here.`] : []),
    ...result.problems,
  ].join(" ");
}

const AFTERWARDS: Readonly<Record<Into, string>> = {
  look: "",
  add: " and added to the last failed tests",
  replace: " and made the last failed tests",
};

/** All of it, as a text for people. */
export function reportOf(result: ImportResult): string {
  const parts: readonly (readonly [string, number, readonly string[]])[] = [
    ["Failures", result.failureCount, result.failures.flatMap(({ id, message }) => entry(id, message))],
    ["Ambiguous", result.ambiguousCount, result.ambiguous.flatMap(unmatched)],
    ["Unknown", result.unknownCount, result.unknown.flatMap(unmatched)],
    ["How names were read", result.notes.length, result.notes.map((note) => `  ${note}`)],
    ["Problems", result.problems.length, result.problems.map((problem) => `  ${problem}`)],
  ];
  const written = parts
    .filter(([, count]) => count > 0)
    .flatMap(([title, count, lines]) => ["", `${title} (${String(count)})`, ...lines]);
  const run = result.run === null ? [] : [`run ${result.run}`];
  return [`Imported from ${result.name}`, ...run, ...written, ""].join("\n");
}

function unmatched({ written, outcome, why, candidates, candidateCount }: Unmatched): readonly string[] {
  const more = candidateCount - candidates.length;
  return [
    `  ${written} (${outcome})`,
    `    ${why}`,
    ...candidates.map((id) => `      ${id}`),
    ...(more > 0 ? [`      and ${String(more)} more`] : []),
  ];
}

function entry(id: string, message: string | null): readonly string[] {
  return [`  ${id}`, ...(message === null ? [] : [`    ${message}`])];
}

function leftOut({ ambiguousCount, unknownCount }: ImportResult): number {
  return ambiguousCount + unknownCount;
}

function counted(count: number, what: string): string {
  return `${String(count)} ${what}${count === 1 ? "" : "s"}`;
}
