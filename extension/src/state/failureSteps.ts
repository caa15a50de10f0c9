/** From one failure to the next: which comes after, or before, the place of the cursor. */

import type { FailurePlace, Location } from "../client/protocol.generated";

export type Direction = "next" | "previous";

/** A line at which tests have failed. */
export interface Stop {
  readonly location: Location;
  /** In the order in which they were told. */
  readonly failures: readonly FailurePlace[];
}

export interface Cursor {
  readonly uri: string;
  /** 0-based. */
  readonly line: number;
}

/** The lines to go to, in the order of the failures; one line is one stop, however many tests failed there. */
export function stopsOf(failures: readonly FailurePlace[]): readonly Stop[] {
  const stops = new Map<string, Stop>();
  for (const failure of failures) {
    const { location } = failure;
    if (location === null) continue;
    const key = `${String(location.range.start.line)} ${location.uri}`;
    stops.set(key, { location, failures: [...(stops.get(key)?.failures ?? []), failure] });
  }
  return [...stops.values()];
}

/**
 * All stops in the order in which they come, beginning with the one after (or before) the cursor.
 * `turn` is how many of them come before the way begins again at the other end.
 */
export function stopsFrom(
  stops: readonly Stop[],
  cursor: Cursor | null,
  direction: Direction,
): { readonly stops: readonly Stop[]; readonly turn: number } {
  const way = direction === "next" ? stops : [...stops].reverse();
  const start = startOf(way, cursor, direction);
  return { stops: [...way.slice(start), ...way.slice(0, start)], turn: way.length - start };
}

/** The index of the first stop that lies ahead; as many as there are stops: none does. */
function startOf(way: readonly Stop[], cursor: Cursor | null, direction: Direction): number {
  if (cursor === null) return 0;
  const lineOf = ({ location }: Stop): number => location.range.start.line;
  const isHere = ({ location }: Stop): boolean => location.uri === cursor.uri;
  const on = way.findIndex((stop) => isHere(stop) && lineOf(stop) === cursor.line);
  if (on >= 0) return on + 1;
  const ahead = way.findIndex(
    (stop) =>
      isHere(stop) && (direction === "next" ? lineOf(stop) > cursor.line : lineOf(stop) < cursor.line),
  );
  if (ahead >= 0) return ahead;
  // Of a file without failures, that begins at the first.
  const last = [...way].reverse().findIndex(isHere);
  return last < 0 ? 0 : way.length - last;
}
