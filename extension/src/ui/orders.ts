/** The ways to run all of something in the order that what is remembered gives. */

import * as l10n from "@vscode/l10n";

import type { Selection, SelectionKind } from "../client/protocol.generated";
import type { Chosen } from "./explorer";

/** A way to run. */
export interface Order {
  readonly kind: Extract<SelectionKind, "failedFirst" | "newFirst">;
  /** What the run profile is called. */
  readonly label: string;
}

export const FAILED_FIRST: Order = { kind: "failedFirst", label: l10n.t("Failed First") };
export const NEW_FIRST: Order = { kind: "newFirst", label: l10n.t("New First") };
export const ORDERS: readonly Order[] = [FAILED_FIRST, NEW_FIRST];

/** What of a root runs in that order; the root itself is no id, so that pytest looks where it does by itself. */
export function orderedSelection({ kind }: Order, { ids, exclude }: Omit<Chosen, "root">): Selection {
  return { kind, ids: ids.includes("") ? [] : ids, exclude };
}
