/** Takes things out of the cache: asks first, says what was done, and offers to undo it. */

import * as l10n from "@vscode/l10n";
import { window } from "vscode";

import {
  CACHE_CLEAR,
  CACHE_DELETE,
  CACHE_PRUNE,
  CACHE_UNDO,
  DOCTOR,
  FORGET,
  type CacheRemoval,
  type Root,
} from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import { grouped } from "../state/numbers";
import type { Server } from "../state/server";
import { rootOfRow, whichRoot } from "./cacheCommands";
import { isOutstanding, type CacheRow } from "./cacheRows";

const UNDO = l10n.t("Undo");
const NAMED = 5;

/** `row` is the row that it was asked for on, if any. */
export async function clearCache(server: Server, roots: readonly Root[], row: unknown): Promise<void> {
  const root = rootOfRow(roots, row) ?? (await whichRoot(roots, l10n.t("Clear the cache of which folder?")));
  if (root === undefined) return;
  const detail = l10n.t(
    "pytest forgets which tests failed and why, which tests are known, and the values that plugins have stored.",
  );
  if (!(await agrees(l10n.t("Clear the pytest cache of {0}?", root.name), detail, l10n.t("Clear Cache"))))
    return;
  const removal = await server.request(CACHE_CLEAR, { root: root.uri });
  await tell(server, root.uri, removal, l10n.t("The pytest cache of {0} was cleared.", root.name));
}

/** Of a failed test below a key, that it failed is forgotten. */
export async function deleteKey(server: Server, row: unknown): Promise<void> {
  const chosen = row as CacheRow | undefined;
  if (chosen?.kind === "value" && isOutstanding(chosen.key)) return forgetFailure(server, row);
  if (chosen?.kind !== "key")
    throw new HumanError(
      l10n.t("This command needs a key: choose one in the Cache view of the Recall panel."),
    );
  const { key, kind } = chosen.entry;
  const detail = CONSEQUENCES[key] ?? l10n.t("Whoever has stored it begins anew.");
  if (!(await agrees(l10n.t("Delete {0} from the cache?", key), detail, l10n.t("Delete")))) return;
  const removal = await server.request(CACHE_DELETE, { root: chosen.root, key, kind });
  await tell(server, chosen.root, removal, l10n.t("{0} was deleted.", key));
}

const CONSEQUENCES: Readonly<Record<string, string>> = {
  "cache/lastfailed": l10n.t("pytest forgets which tests have failed: Rerun Last Failed has nothing to run."),
  "cache/nodeids": l10n.t("pytest forgets which tests it knows: all of them are new."),
  "cache/stepwise": l10n.t("Stepwise begins at the first test."),
  "recall/unfinished": l10n.t("Which tests were not finished is forgotten."),
};

export async function forgetFailure(server: Server, row: unknown): Promise<void> {
  const chosen = row as CacheRow | undefined;
  if (chosen?.kind !== "value" || !isOutstanding(chosen.key))
    throw new HumanError(l10n.t("This command needs a failed test: choose one below cache/lastfailed."));
  const id = chosen.row.label;
  const detail = l10n.t("It counts neither as failed nor as unfinished until it fails again.");
  if (!(await agrees(l10n.t("Forget that {0} failed?", id), detail, l10n.t("Forget")))) return;
  const removal = await server.request(FORGET, { root: chosen.root, ids: [id] });
  await tell(server, chosen.root, removal, l10n.t("{0} is remembered as failed no longer.", id));
}

export async function pruneCache(server: Server, roots: readonly Root[], row: unknown): Promise<void> {
  const root = rootOfRow(roots, row) ?? (await whichRoot(roots, l10n.t("Prune the cache of which folder?")));
  if (root === undefined) return;
  const { findings } = await server.request(DOCTOR, { root: root.uri, repair: false });
  const dead = findings.filter(({ kind }) => kind === "dead-ids").flatMap(({ ids }) => ids);
  const ids = [...new Set(dead)].sort();
  if (ids.length === 0) {
    await window.showInformationMessage(
      l10n.t("Nothing to prune: all tests that pytest remembers in {0} are there.", root.name),
    );
    return;
  }
  const more = ids.length > NAMED ? [l10n.t("… and {0} more", grouped(ids.length - NAMED))] : [];
  const detail = [...ids.slice(0, NAMED), ...more].join("\n");
  if (!(await agrees(whetherToPrune(ids.length, root.name), detail, l10n.t("Prune")))) return;
  const removal = await server.request(CACHE_PRUNE, { root: root.uri });
  const { removed } = removal;
  const done =
    removed === 1
      ? l10n.t("1 test that is gone was forgotten.")
      : l10n.t("{0} tests that are gone were forgotten.", removed);
  await tell(server, root.uri, removal, done);
}

function whetherToPrune(count: number, name: string): string {
  return count === 1
    ? l10n.t("Forget 1 test that is gone from {0}?", name)
    : l10n.t("Forget {0} tests that are gone from {1}?", grouped(count), name);
}

/** Undoes the last change that was made to a cache here. */
export async function undoLast(server: Server, roots: readonly Root[], row: unknown): Promise<void> {
  const root =
    rootOfRow(roots, row) ?? (await whichRoot(roots, l10n.t("Undo the last change of which cache?")));
  if (root !== undefined) await undo(server, root.uri, null);
}

async function tell(server: Server, root: string, removal: CacheRemoval, done: string): Promise<void> {
  if (removal.problem !== null) throw new HumanError(removal.problem);
  const buttons = removal.undo === null ? [] : [UNDO];
  if ((await window.showInformationMessage(done, ...buttons)) === UNDO)
    await undo(server, root, removal.undo);
}

async function undo(server: Server, root: string, name: string | null): Promise<void> {
  const { what, left } = await server.request(CACHE_UNDO, { root, undo: name });
  if (left.length === 0) {
    window.setStatusBarMessage(`$(discard) ${l10n.t("Undone: {0}", what)}`, 5000);
    return;
  }
  const some = `${left.slice(0, NAMED).join(", ")}${left.length > NAMED ? " …" : ""}`;
  await window.showWarningMessage(
    l10n.t("Undone: {0}. Written anew meanwhile, and so left as they are: {1}", what, some),
  );
}

async function agrees(question: string, detail: string, yes: string): Promise<boolean> {
  const options = { modal: true, detail: `${detail}\n\n${l10n.t("This can be undone.")}` };
  return (await window.showWarningMessage(question, options, yes)) === yes;
}
