/** The ways to rerun what is remembered. */

import * as l10n from "@vscode/l10n";
import { window, type TestItem } from "vscode";

import type { DebugKind, SelectionKind } from "../client/protocol.generated";
import type { TestTree } from "./testTree";

export type RerunKind = Extract<SelectionKind, "lastFailed" | "outstanding">;

/** A way to rerun. */
export interface Rerun {
  readonly kind: RerunKind;
  /** What the run profile is called. */
  readonly label: string;
  /** How it is debugged; undefined: it is run. */
  readonly debug?: DebugKind;
  /** What is said where there is nothing to rerun. */
  readonly nothing: string;
  /** The rows that it runs. */
  readonly rowsOf: (tree: TestTree) => readonly TestItem[];
}

export const LAST_FAILED: Rerun = {
  kind: "lastFailed",
  label: l10n.t("Rerun Last Failed"),
  nothing: l10n.t("No failed test to rerun"),
  rowsOf: (tree) => tree.failed(),
};

export const DEBUG_LAST_FAILED: Rerun = {
  ...LAST_FAILED,
  label: l10n.t("Debug Last Failed"),
  debug: "failures",
};

export const OUTSTANDING: Rerun = {
  kind: "outstanding",
  label: l10n.t("Rerun Outstanding"),
  nothing: l10n.t("No failed or unfinished test to rerun"),
  rowsOf: (tree) => tree.outstanding(),
};

/** Says, where it disturbs nobody, that there is nothing to rerun. */
export function tellNothing({ nothing }: Rerun): void {
  window.setStatusBarMessage(`$(testing-passed-icon) ${nothing}`, 5000);
}
