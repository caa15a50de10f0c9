/** Says how a cache is: in one sentence, and at length. */

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
    ["Repaired", result.repairs.flatMap(({ finding, done }) => (done === null ? [] : entry(finding, done)))],
    [
      "Could not be repaired",
      result.repairs.flatMap(({ finding, error }) => (error === null ? [] : entry(finding, error))),
    ],
    ["Problems", problems.flatMap((one) => entry(one, remedyOf(one)))],
    ["Notes", notes.flatMap((one) => entry(one, null))],
  ];
  const written = parts
    .filter(([, lines]) => lines.length > 0)
    .flatMap(([title, lines]) => ["", title, ...lines]);
  // What is damaged cannot be counted.
  const counts = problems.length === 0 ? ["", countsOf(result)] : [];
  return [`The pytest cache of ${name}`, directory, ...counts, ...written, ""].join("\n");
}

function problemsOf({ findings }: DoctorResult): readonly Finding[] {
  return findings.filter(({ level }) => level === "problem");
}

function doneSentence(name: string, done: number): string {
  const were = done === 1 ? "1 problem" : `${String(done)} problems`;
  return `${were} of the pytest cache of ${name} ${done === 1 ? "was" : "were"} repaired.`;
}

function stateSentence(name: string, result: DoctorResult, isAfterRepair: boolean): string {
  const count = problemsOf(result).length;
  if (count === 0 && isAfterRepair) return `It is sound now: ${countsOf(result)}.`;
  if (isEmpty(result)) return `pytest remembers nothing of ${name} yet.`;
  if (count === 0) return `The pytest cache of ${name} is sound: ${countsOf(result)}.`;
  const problems = count === 1 ? "1 problem" : `${String(count)} problems`;
  if (isAfterRepair) return `${problems} ${count === 1 ? "is" : "are"} left.`;
  return `The pytest cache of ${name} has ${problems}.`;
}

function isEmpty({ failures, findings, runs, tests, unfinished }: DoctorResult): boolean {
  return findings.length + failures + unfinished + tests + runs === 0;
}

function countsOf({ failures, runs, tests, unfinished }: DoctorResult): string {
  const many = (count: number, what: string): string => `${String(count)} ${what}${count === 1 ? "" : "s"}`;
  return [
    many(tests, "known test"),
    `${String(failures)} failed`,
    `${String(unfinished)} unfinished`,
    many(runs, "run"),
  ].join(", ");
}

function remedyOf({ remedy }: Finding): string | null {
  return remedy === null ? null : `Repair: ${remedy}`;
}

function entry({ path, more, message, ids }: Finding, outcome: string | null): readonly string[] {
  return [
    `  ${[path, ...more].join(", ")}`,
    `    ${message}`,
    ...ids.map((id) => `      ${id}`),
    ...(outcome === null ? [] : [`    ${outcome}`]),
  ];
}
