/** Orders the keys of a cache for the panel. */

import type { CacheEntry } from "../client/protocol.generated";

/** What stands below a root in the panel. */
export type KeyRow =
  | { readonly kind: "value"; readonly entry: CacheEntry }
  | { readonly kind: "folder"; readonly path: string; readonly entries: readonly CacheEntry[] };

/** Values first, each by its whole key; then files by their folder, newest first: there may be many. */
export function keyRows(entries: readonly CacheEntry[]): readonly KeyRow[] {
  const values = entries.filter(({ kind }) => kind === "value").sort(byKey);
  const files = entries.filter(({ kind }) => kind === "file").sort((one, other) => -byKey(one, other));
  const folders = new Map<string, CacheEntry[]>();
  for (const entry of files) {
    const path = folderOf(entry.key);
    folders.set(path, [...(folders.get(path) ?? []), entry]);
  }
  const folderRows = [...folders].sort(([one], [other]) => (one < other ? -1 : 1));
  return [
    ...values.map((entry): KeyRow => ({ kind: "value", entry })),
    ...folderRows.map(([path, inside]): KeyRow => ({ kind: "folder", path, entries: inside })),
  ];
}

function byKey(one: CacheEntry, other: CacheEntry): number {
  return one.key < other.key ? -1 : one.key > other.key ? 1 : 0;
}

function folderOf(key: string): string {
  const end = key.lastIndexOf("/");
  return end < 0 ? "." : key.slice(0, end);
}
