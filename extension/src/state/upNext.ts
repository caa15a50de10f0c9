/** What runs next, as rows: the modes to choose from, and the reason why each test stands where it does. */

import * as l10n from "@vscode/l10n";

import type { PreviewResult, PreviewTest, SelectionKind, Why } from "../client/protocol.generated";

export type UpNextMode = Extract<
  SelectionKind,
  "lastFailed" | "outstanding" | "failedFirst" | "newFirst" | "stepwise"
>;

/** A way to run that can be looked at before. */
export interface Mode {
  readonly kind: UpNextMode;
  readonly label: string;
  readonly detail: string;
}

export const MODES: readonly [Mode, ...Mode[]] = [
  {
    kind: "lastFailed",
    label: l10n.t("Rerun Last Failed"),
    detail: l10n.t("The tests that failed, and no others"),
  },
  {
    kind: "outstanding",
    label: l10n.t("Rerun Outstanding"),
    detail: l10n.t("Failed tests, and those that a run did not finish"),
  },
  {
    kind: "failedFirst",
    label: l10n.t("Failed First"),
    detail: l10n.t("All tests, those that failed before the others"),
  },
  {
    kind: "newFirst",
    label: l10n.t("New First"),
    detail: l10n.t("All tests, new ones and those of changed files first"),
  },
  {
    kind: "stepwise",
    label: l10n.t("Stepwise"),
    detail: l10n.t("From the test at which the last step stopped, to the next failure"),
  },
];

/** The mode that was chosen; the first where none was, or one that is not known any more. */
export function modeOf(kind: unknown): Mode {
  return MODES.find((one) => one.kind === kind) ?? MODES[0];
}

const REASONS: Readonly<Record<Why, string>> = {
  all: "",
  selected: l10n.t("named"),
  failed: l10n.t("failed in its last run"),
  unfinished: l10n.t("not finished by its last run"),
  new: l10n.t("new"),
  known: l10n.t("by the last change of its file"),
  goesOn: l10n.t("stepwise goes on here"),
  notPassed: l10n.t("not passed by stepwise yet"),
};

/** Why a test stands where it does; empty where there is nothing to be said. */
export function reasonOf(why: Why): string {
  return REASONS[why];
}

/** Tests are told by so many at first. */
export const PAGE = 500;

/** A row below a root. */
export type UpNextEntry =
  | { readonly kind: "note"; readonly text: string }
  | { readonly kind: "test"; readonly test: PreviewTest; readonly place: number; readonly total: number }
  | { readonly kind: "more"; readonly count: number };

const UNCERTAIN = l10n.t("The order may differ: not all tests can be told without running pytest");

/** The rows of what was told, in order. */
export function entriesOf({ tests, total, certain, status }: PreviewResult): readonly UpNextEntry[] {
  const rest = total - tests.length;
  const stopped = total === 0 && status.startsWith("interrupted:");
  return [
    ...(stopped ? [{ kind: "note", text: l10n.t("pytest would stop: {0}", status.slice(13)) } as const] : []),
    ...(certain || stopped ? [] : [{ kind: "note", text: UNCERTAIN } as const]),
    ...tests.map((test, index) => ({ kind: "test", test, place: index + 1, total }) as const),
    ...(rest > 0 ? [{ kind: "more", count: rest } as const] : []),
  ];
}
