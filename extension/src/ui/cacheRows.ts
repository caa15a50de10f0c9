/** How each kind of row of the Cache panel looks. */

import * as l10n from "@vscode/l10n";
import { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState, Uri } from "vscode";

import type { CacheEntry, Root } from "../client/protocol.generated";
import type { ValueRow } from "../state/cacheTree";
import { age, size } from "../state/human";
import { nameOf } from "../state/nodeIds";
import { COMMANDS } from "./commandIds";

/** A row of the panel. */
export type CacheRow =
  | { readonly kind: "root"; readonly root: Root }
  | {
      readonly kind: "folder";
      readonly root: string;
      readonly path: string;
      readonly entries: readonly CacheEntry[];
    }
  | { readonly kind: "key"; readonly root: string; readonly entry: CacheEntry }
  | { readonly kind: "value"; readonly root: string; readonly key: string; readonly row: ValueRow }
  | { readonly kind: "problem"; readonly root: string; readonly key: string; readonly text: string }
  | { readonly kind: "hint"; readonly root: string; readonly text: string };

const { Collapsed, Expanded, None } = TreeItemCollapsibleState;

/** `now` in seconds. */
export function drawRow(row: CacheRow, now: number): TreeItem {
  switch (row.kind) {
    case "root":
      return make(row.root.name, Expanded, { id: row.root.uri, iconPath: ThemeIcon.Folder });
    case "folder":
      return drawFolder(row);
    case "key":
      return drawKey(row, now);
    case "value":
      return drawValue(row);
    case "hint":
      return drawHint(row);
    case "problem":
      return make(row.text, None, {
        id: `${row.root}!${row.key}`,
        tooltip: row.text,
        contextValue: "cacheProblem",
        iconPath: new ThemeIcon("warning", new ThemeColor("list.warningForeground")),
      });
  }
}

function drawHint({ root, text }: CacheRow & { readonly kind: "hint" }): TreeItem {
  return make(text, None, { id: `${root}?`, tooltip: text, iconPath: new ThemeIcon("filter") });
}

function drawFolder({ root, path, entries }: CacheRow & { readonly kind: "folder" }): TreeItem {
  return make(path, Collapsed, {
    id: `${root}/${path}/`,
    description: entries.length === 1 ? l10n.t("1 file") : l10n.t("{0} files", entries.length),
    iconPath: ThemeIcon.Folder,
    contextValue: "cacheFolder",
  });
}

function drawKey(row: CacheRow & { readonly kind: "key" }, now: number): TreeItem {
  const { root, entry } = row;
  const isFile = entry.kind === "file";
  const item = make(isFile ? nameOf(entry.key) : entry.key, isFile ? None : Collapsed, {
    id: `${root}=${entry.kind}:${entry.key}`,
    description: [
      ...(entry.problem === null ? [] : [l10n.t("unreadable")]),
      size(entry.size),
      age(entry.modified, now),
    ].join(" · "),
    tooltip: [entry.key, ...(entry.problem === null ? [] : [entry.problem])].join("\n\n"),
    iconPath: iconOf(entry),
    contextValue: entry.problem === null ? "cacheKey" : "cacheKey.unreadable",
    accessibilityInformation: { label: spokenOf(entry, now) },
  });
  // A file has nothing to expand, so a click opens it.
  if (isFile) item.command = { command: COMMANDS.openCacheValue, title: l10n.t("Open"), arguments: [row] };
  return item;
}

/** A row shows the name of a file alone; who hears it needs the way to it, too. */
function spokenOf({ key, kind, problem, size: bytes, modified }: CacheEntry, now: number): string {
  const value = problem === null ? l10n.t("value") : l10n.t("value that cannot be read");
  const what = kind === "file" ? l10n.t("file") : value;
  return `${key}, ${what}, ${size(bytes)}, ${age(modified, now)}`;
}

function iconOf(entry: CacheEntry): ThemeIcon {
  if (entry.problem !== null) return new ThemeIcon("warning", new ThemeColor("list.warningForeground"));
  return new ThemeIcon(entry.kind === "file" ? "file" : "json");
}

function drawValue({ root, key, row }: CacheRow & { readonly kind: "value" }): TreeItem {
  const isTest = isOutstanding(key) && row.label.includes("::");
  return make(row.label, row.expandable ? Collapsed : None, {
    id: `${root}=value:${key}${row.path}`,
    contextValue: isTest ? "cacheValue.outstanding" : "cacheValue",
    description: row.description,
    tooltip: row.description === "" ? row.label : `${row.label}: ${row.description}`,
  });
}

function make(label: string, state: TreeItemCollapsibleState, look: Partial<TreeItem>): TreeItem {
  return Object.assign(new TreeItem(label, state), look);
}

/** Whether the rows below a key are tests that can be forgotten. */
export function isOutstanding(key: string): boolean {
  return key === "cache/lastfailed" || key === "recall/unfinished";
}

/** Where a key's value is shown as a document. */
export const SCHEME = "pytest-recall-cache";

/** What a document shows. */
export interface Source {
  readonly root: string;
  readonly kind: CacheEntry["kind"];
  readonly key: string;
}

/** The document of a key; its path is for people, its query says what it shows. */
export function documentUri(root: string, { kind, key }: CacheEntry): Uri {
  const suffix = kind === "value" ? ".json" : "";
  const source: Source = { root, kind, key };
  return Uri.from({ scheme: SCHEME, path: `/${key}${suffix}`, query: JSON.stringify(source) });
}

export function sourceOf(uri: Uri): Source {
  // Nothing but documentUri makes these.
  return JSON.parse(uri.query) as Source;
}
