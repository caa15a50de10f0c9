/** Judges Python interpreters: which one runs pytest, and what is wrong with it. */

import * as l10n from "@vscode/l10n";

/** Where a candidate comes from, in the order they are asked. */
export type Source = "setting" | "extension" | "folder" | "virtualEnv" | "path";

/** A Python that could run pytest; one that was asked for by name need not exist. */
export interface Candidate {
  readonly path: string;
  readonly source: Source;
}

/** What a candidate says about itself. */
export type Probe =
  | { readonly kind: "python"; readonly version: readonly [number, number]; readonly pytest: string | null }
  | { readonly kind: "missing" }
  | { readonly kind: "broken"; readonly message: string };

/** What is wrong with an interpreter, so that the right way out can be offered. */
export interface Problem {
  readonly kind: "none" | "missing" | "broken" | "tooOld" | "noPytest" | "oldPytest" | "untrusted";
  /** Sentences for people. */
  readonly text: string;
  /** The interpreter in question; empty where there is none. */
  readonly path: string;
}

/** The Pythons that were settled on. */
export interface Choice {
  /** Runs pytest; null where none can. */
  readonly runner: string | null;
  /** Why runs are not possible, or null. */
  readonly problem: Problem | null;
  /** Runs the language server; null where there is no Python of a version that can. */
  readonly server: string | null;
}

const OLDEST_PYTHON = [3, 10] as const;
const OLDEST_PYTEST = 8;

/** Whether the language server can run on it. */
export function runsServer(probe: Probe): boolean {
  return probe.kind === "python" && !isTooOld(probe.version);
}

/** What keeps a candidate from running pytest, or null. */
export function problemOf(candidate: Candidate, probe: Probe): Problem | null {
  const { path } = candidate;
  const named = `${subject(candidate)} (${path})`;
  switch (probe.kind) {
    case "missing":
      return { kind: "missing", text: l10n.t("{0} does not exist.", named), path };
    case "broken":
      return { kind: "broken", text: l10n.t("{0} cannot be started: {1}", named, probe.message), path };
    case "python": {
      const problem = problemOfPython(named, probe);
      return problem === null ? null : { ...problem, path };
    }
  }
}

/** No candidate at all. */
export const NO_PYTHON: Problem = {
  kind: "none",
  text: l10n.t("No Python was found. Pytest Recall needs Python 3.10 or newer."),
  path: "",
};

/** Nothing of the workspace may be started. */
export const UNTRUSTED: Problem = {
  kind: "untrusted",
  text: l10n.t("Tests are not run in Restricted Mode."),
  path: "",
};

/**
 * Which candidates run pytest, the best first.
 * One that was asked for by name, or stands in the folder, is never passed over in silence.
 */
export function runnersOf(candidates: readonly Candidate[]): readonly Candidate[] {
  const first = candidates[0];
  if (first === undefined || first.source === "path") return candidates;
  return [first];
}

function problemOfPython(
  named: string,
  { version, pytest }: { readonly version: readonly [number, number]; readonly pytest: string | null },
): Pick<Problem, "kind" | "text"> | null {
  if (isTooOld(version)) {
    const text = l10n.t(
      "{0} is Python {1}; Pytest Recall needs Python 3.10 or newer.",
      named,
      version.join("."),
    );
    return { kind: "tooOld", text };
  }
  if (pytest === null) return { kind: "noPytest", text: l10n.t("{0} has no pytest.", named) };
  if (Number.parseInt(pytest, 10) < OLDEST_PYTEST) {
    const text = l10n.t("{0} has pytest {1}; Pytest Recall needs pytest 8.0 or newer.", named, pytest);
    return { kind: "oldPytest", text };
  }
  return null;
}

function isTooOld([major, minor]: readonly [number, number]): boolean {
  return major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1]);
}

function subject(candidate: Candidate): string {
  switch (candidate.source) {
    case "setting":
      return l10n.t("The Python of the setting pytestRecall.interpreter");
    case "extension":
      return l10n.t("The Python extension's interpreter");
    case "folder":
      return l10n.t("The virtual environment of the folder");
    case "virtualEnv":
      return l10n.t("The Python of $VIRTUAL_ENV");
    case "path":
      return "Python";
  }
}
