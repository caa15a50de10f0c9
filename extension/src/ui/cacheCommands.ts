/** Clearing the cache and opening its values. */

import { languages, window, workspace } from "vscode";

import { CACHE_CLEAR, type Root } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import type { Server } from "../state/server";
import { documentUri, type CacheRow } from "./cacheRows";

/** Asks first: what pytest remembers cannot be had back. */
export async function clearCache(server: Server, roots: readonly Root[]): Promise<void> {
  const root = await whichRoot(roots, "Clear the cache of which folder?");
  if (root === undefined) return;
  const clear = "Clear Cache";
  const answer = await window.showWarningMessage(
    `Clear the pytest cache of ${root.name}?`,
    {
      modal: true,
      detail:
        "pytest forgets which tests failed and why, which tests are known, and the values that plugins have stored.",
    },
    clear,
  );
  if (answer !== clear) return;
  const { problem } = await server.request(CACHE_CLEAR, { root: root.uri });
  if (problem !== null) throw new HumanError(problem);
}

/** Opens the value of a row's key as a read-only document. */
export async function openCacheValue(argument: unknown): Promise<void> {
  // The panel alone offers this command, and gives it the row.
  const row = argument as CacheRow | undefined;
  if (row?.kind !== "key")
    throw new HumanError("This command needs a key: it is called from the Cache panel.");
  const document = await workspace.openTextDocument(documentUri(row.root, row.entry));
  if (row.entry.key.endsWith(".jsonl")) await languages.setTextDocumentLanguage(document, "jsonl");
  await window.showTextDocument(document, { preview: true });
}

/** The only root, or the one that people choose; `title` is what they are asked. */
export async function whichRoot(roots: readonly Root[], title: string): Promise<Root | undefined> {
  if (roots.length <= 1) return roots[0];
  const picks = roots.map((root) => ({ label: root.name, root }));
  return (await window.showQuickPick(picks, { title }))?.root;
}
