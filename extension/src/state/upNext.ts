/** What runs next, as rows: the modes to choose from, and the reason why each test stands where it does. */

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
  { kind: "lastFailed", label: "Rerun Last Failed", detail: "The tests that failed, and no others" },
  {
    kind: "outstanding",
    label: "Rerun Outstanding",
    detail: "Failed tests, and those that a run did not finish",
  },
  { kind: "failedFirst", label: "Failed First", detail: "All tests, those that failed before the others" },
  { kind: "newFirst", label: "New First", detail: "All tests, new ones and those of changed files first" },
  {
    kind: "stepwise",
    label: "Stepwise",
    detail: "From the test at which the last step stopped, to the next failure",
  },
];

/** The mode that was chosen; the first where none was, or one that is not known any more. */
export function modeOf(kind: unknown): Mode {
  return MODES.find((one) => one.kind === kind) ?? MODES[0];
}

const REASONS: Readonly<Record<Why, string>> = {
  all: "",
  selected: "named",
  failed: "failed in its last run",
  unfinished: "not finished by its last run",
  new: "new",
  known: "by the last change of its file",
  goesOn: "stepwise goes on here",
  notPassed: "not passed by stepwise yet",
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

const UNCERTAIN = "The order may differ: not all tests can be told without running pytest";

/** The rows of what was told, in order. */
export function entriesOf({ tests, total, certain, status }: PreviewResult): readonly UpNextEntry[] {
  const rest = total - tests.length;
  const stopped = total === 0 && status.startsWith("interrupted:");
  return [
    ...(stopped ? [{ kind: "note", text: `pytest would stop: ${status.slice(13)}` } as const] : []),
    ...(certain || stopped ? [] : [{ kind: "note", text: UNCERTAIN } as const]),
    ...tests.map((test, index) => ({ kind: "test", test, place: index + 1, total }) as const),
    ...(rest > 0 ? [{ kind: "more", count: rest } as const] : []),
  ];
}
