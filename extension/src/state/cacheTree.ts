/** Takes a value of the cache apart into rows. */

import * as l10n from "@vscode/l10n";

/** A row below a key of the cache. */
export interface ValueRow {
  readonly label: string;
  readonly description: string;
  /** Where the row stands below its key, unique among all rows of the key. */
  readonly path: string;
  readonly expandable: boolean;
  /** The rows below this one, made when asked for. */
  readonly expand: () => readonly ValueRow[];
  /** What the row stands for, whole, as JSON; a text is itself. */
  readonly json: () => string;
}

const CHUNK = 100;
const LONGEST = 200;

/** The rows of a parsed value; a scalar is one row. */
export function rowsOf(value: unknown): readonly ValueRow[] {
  return isBranch(value) ? expand(value, "") : [rowOf("", value, "")];
}

function expand(value: object, path: string): readonly ValueRow[] {
  const rows = Object.entries(value).map(([name, child]) => ({ name, child: child as unknown }));
  if (rows.length <= CHUNK)
    return rows.map((row) => rowOf(nameIn(value, row.name), row.child, `${path}/${row.name}`));
  return chunked(value, rows, path);
}

interface Entry {
  readonly name: string;
  readonly child: unknown;
}

/** A hundred rows at a time, so that a large value opens at once. */
function chunked(value: object, entries: readonly Entry[], path: string): readonly ValueRow[] {
  const starts = Array.from({ length: Math.ceil(entries.length / CHUNK) }, (_, index) => index * CHUNK);
  return starts.map((start) => {
    const part = entries.slice(start, start + CHUNK);
    return {
      label: `${String(start + 1)} … ${String(start + part.length)}`,
      description: "",
      path: `${path}#${String(start)}`,
      expandable: true,
      expand: () => part.map((row) => rowOf(nameIn(value, row.name), row.child, `${path}/${row.name}`)),
      json: () => jsonOf(partOf(value, part)),
    };
  });
}

function rowOf(name: string, value: unknown, path: string): ValueRow {
  if (!isBranch(value)) {
    const text = scalar(value);
    const [label, description] = name === "" ? [text, ""] : [name, text];
    return { label, description, path, expandable: false, expand: () => [], json: () => jsonOf(value) };
  }
  return {
    label: name === "" ? nameOfBranch(value) : name,
    description: sizeOfBranch(value),
    path,
    expandable: true,
    expand: () => expand(value, path),
    json: () => jsonOf(value),
  };
}

function jsonOf(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value, undefined, 2);
}

function partOf(value: object, part: readonly Entry[]): object {
  return Array.isArray(value)
    ? part.map(({ child }) => child)
    : Object.fromEntries(part.map(({ name, child }) => [name, child]));
}

/** Items of a list go by their content: numbers before them would only stand in the way. */
function nameIn(value: object, name: string): string {
  return Array.isArray(value) ? "" : name;
}

function nameOfBranch(value: object): string {
  return Array.isArray(value) ? l10n.t("list") : l10n.t("object");
}

function sizeOfBranch(value: object): string {
  const count = Object.keys(value).length;
  if (Array.isArray(value)) return count === 1 ? l10n.t("1 item") : l10n.t("{0} items", count);
  return count === 1 ? l10n.t("1 member") : l10n.t("{0} members", count);
}

function isBranch(value: unknown): value is object {
  return typeof value === "object" && value !== null && Object.keys(value).length > 0;
}

function scalar(value: unknown): string {
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}
