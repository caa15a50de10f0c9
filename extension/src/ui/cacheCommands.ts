/** Opening and copying what the cache holds, and choosing which cache is meant. */

import * as l10n from "@vscode/l10n";
import { env, languages, window, workspace } from "vscode";

import { CACHE_VALUE, type Root } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import type { Server } from "../state/server";
import { documentUri, type CacheRow } from "./cacheRows";

/** Opens the value of a row's key as a read-only document. */
export async function openCacheValue(argument: unknown): Promise<void> {
  // The panel alone offers this command, and gives it the row.
  const row = argument as CacheRow | undefined;
  if (row?.kind !== "key")
    throw new HumanError(l10n.t("This command needs a key: it is called from the Cache panel."));
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

/** The root that a row of the Cache view lies in. */
export function rootOfRow(roots: readonly Root[], argument: unknown): Root | undefined {
  // The panel gives its rows; the command palette gives nothing.
  const row = argument as CacheRow | undefined;
  const uri = row?.kind === "root" ? row.root.uri : row?.root;
  return roots.find((root) => root.uri === uri);
}

/** Copies the name of a key, or what stands in a row of its value. */
export async function copyCacheKey(argument: unknown): Promise<void> {
  const row = rowOf(argument);
  await copy(row.kind === "key" ? row.entry.key : row.row.label);
}

/** Copies the whole text of a key, or the JSON of a row of its value. */
export async function copyCacheValue(server: Server, argument: unknown): Promise<void> {
  const row = rowOf(argument);
  if (row.kind === "value") {
    await copy(row.row.json());
    return;
  }
  const { key, kind } = row.entry;
  await copy((await server.request(CACHE_VALUE, { root: row.root, key, kind })).text);
}

function rowOf(argument: unknown): CacheRow & { readonly kind: "key" | "value" } {
  const row = argument as CacheRow | undefined;
  if (row?.kind === "key" || row?.kind === "value") return row;
  throw new HumanError(l10n.t("This command needs a key: choose one in the Cache view of the Recall panel."));
}

async function copy(text: string): Promise<void> {
  await env.clipboard.writeText(text);
  window.setStatusBarMessage(`$(clippy) ${l10n.t("Copied")}`, 5000);
}
