/** Takes things out of the cache: asks first, says what was done, and offers to undo it. */

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
import type { Server } from "../state/server";
import { rootOfRow, whichRoot } from "./cacheCommands";
import { isOutstanding, type CacheRow } from "./cacheRows";

const UNDO = "Undo";
const NAMED = 5;

/** `row` is the row that it was asked for on, if any. */
export async function clearCache(server: Server, roots: readonly Root[], row: unknown): Promise<void> {
  const root = rootOfRow(roots, row) ?? (await whichRoot(roots, "Clear the cache of which folder?"));
  if (root === undefined) return;
  const detail =
    "pytest forgets which tests failed and why, which tests are known, and the values that plugins have stored.";
  if (!(await agrees(`Clear the pytest cache of ${root.name}?`, detail, "Clear Cache"))) return;
  const removal = await server.request(CACHE_CLEAR, { root: root.uri });
  await tell(server, root.uri, removal, `The pytest cache of ${root.name} was cleared.`);
}

/** Of a failed test below a key, that it failed is forgotten. */
export async function deleteKey(server: Server, row: unknown): Promise<void> {
  const chosen = row as CacheRow | undefined;
  if (chosen?.kind === "value" && isOutstanding(chosen.key)) return forgetFailure(server, row);
  if (chosen?.kind !== "key")
    throw new HumanError("This command needs a key: choose one in the Cache view of the Recall panel.");
  const { key, kind } = chosen.entry;
  const detail = CONSEQUENCES[key] ?? "Whoever has stored it begins anew.";
  if (!(await agrees(`Delete ${key} from the cache?`, detail, "Delete"))) return;
  const removal = await server.request(CACHE_DELETE, { root: chosen.root, key, kind });
  await tell(server, chosen.root, removal, `${key} was deleted.`);
}

const CONSEQUENCES: Readonly<Record<string, string>> = {
  "cache/lastfailed": "pytest forgets which tests have failed: Rerun Last Failed has nothing to run.",
  "cache/nodeids": "pytest forgets which tests it knows: all of them are new.",
  "cache/stepwise": "Stepwise begins at the first test.",
  "recall/unfinished": "Which tests were not finished is forgotten.",
};

export async function forgetFailure(server: Server, row: unknown): Promise<void> {
  const chosen = row as CacheRow | undefined;
  if (chosen?.kind !== "value" || !isOutstanding(chosen.key))
    throw new HumanError("This command needs a failed test: choose one below cache/lastfailed.");
  const id = chosen.row.label;
  const detail = "It counts neither as failed nor as unfinished until it fails again.";
  if (!(await agrees(`Forget that ${id} failed?`, detail, "Forget"))) return;
  const removal = await server.request(FORGET, { root: chosen.root, ids: [id] });
  await tell(server, chosen.root, removal, `${id} is remembered as failed no longer.`);
}

export async function pruneCache(server: Server, roots: readonly Root[], row: unknown): Promise<void> {
  const root = rootOfRow(roots, row) ?? (await whichRoot(roots, "Prune the cache of which folder?"));
  if (root === undefined) return;
  const { findings } = await server.request(DOCTOR, { root: root.uri, repair: false });
  const dead = findings.filter(({ kind }) => kind === "dead-ids").flatMap(({ ids }) => ids);
  const ids = [...new Set(dead)].sort();
  if (ids.length === 0) {
    await window.showInformationMessage(
      `Nothing to prune: all tests that pytest remembers in ${root.name} are there.`,
    );
    return;
  }
  const more = ids.length > NAMED ? [`… and ${(ids.length - NAMED).toLocaleString("en")} more`] : [];
  const detail = [...ids.slice(0, NAMED), ...more].join("\n");
  if (!(await agrees(`Forget ${testsThat(ids.length)} gone from ${root.name}?`, detail, "Prune"))) return;
  const removal = await server.request(CACHE_PRUNE, { root: root.uri });
  const { removed } = removal;
  const were = removed === 1 ? "1 test that is gone was" : `${String(removed)} tests that are gone were`;
  await tell(server, root.uri, removal, `${were} forgotten.`);
}

function testsThat(count: number): string {
  return count === 1 ? "1 test that is" : `${count.toLocaleString("en")} tests that are`;
}

/** Undoes the last change that was made to a cache here. */
export async function undoLast(server: Server, roots: readonly Root[], row: unknown): Promise<void> {
  const root = rootOfRow(roots, row) ?? (await whichRoot(roots, "Undo the last change of which cache?"));
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
    window.setStatusBarMessage(`$(discard) Undone: ${what}`, 5000);
    return;
  }
  const some = left.slice(0, NAMED).join(", ");
  await window.showWarningMessage(
    `Undone: ${what}. Written anew meanwhile, and so left as they are: ${some}${left.length > NAMED ? " …" : ""}`,
  );
}

async function agrees(question: string, detail: string, yes: string): Promise<boolean> {
  const options = { modal: true, detail: `${detail}\n\nThis can be undone.` };
  return (await window.showWarningMessage(question, options, yes)) === yes;
}
