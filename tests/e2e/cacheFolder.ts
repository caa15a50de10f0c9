/** What pytest left in a project's cache folder: the truth that the window is compared with. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

/** Names of the journals, oldest first: one for each run of pytest. */
export function journals(project: string): readonly string[] {
  const folder = join(project, ".pytest_cache", "d", "recall", "runs");
  return existsSync(folder) ? readdirSync(folder).sort() : [];
}

/** Node ids of the tests that the newest run has reported, sorted; empty while it has not ended. */
export function testsOfLastRun(project: string): readonly string[] {
  const newest = journals(project).at(-1);
  return newest === undefined ? [] : testsOfRun(project, newest);
}

/** The same of the run with that journal. */
export function testsOfRun(project: string, journal: string): readonly string[] {
  const path = join(project, ".pytest_cache", "d", "recall", "runs", journal);
  const lines = readFileSync(path, "utf8").split("\n");
  const events = lines.filter((line) => line.endsWith("}")).map(parseEvent);
  if (!events.some(({ event }) => event === "end")) return [];
  const ids = events.flatMap(({ event, id }) => (event === "test" && id !== undefined ? [id] : []));
  // A failure is written at once and, with its tear-down, again.
  return [...new Set(ids)].sort();
}

interface JournalEvent {
  readonly event: string;
  readonly id?: string;
}

function parseEvent(line: string): JournalEvent {
  return JSON.parse(line) as JournalEvent;
}

/** Node ids in pytest's own list of failures, sorted. */
export function lastFailed(project: string): readonly string[] {
  const file = join(project, ".pytest_cache", "v", "cache", "lastfailed");
  if (!existsSync(file)) return [];
  return Object.keys(JSON.parse(readFileSync(file, "utf8")) as object).sort();
}

/** Node ids of the tests that a run has left unfinished, in their order. */
export function unfinished(project: string): readonly string[] {
  const file = join(project, ".pytest_cache", "v", "recall", "unfinished");
  if (!existsSync(file)) return [];
  return (JSON.parse(readFileSync(file, "utf8")) as { readonly ids: readonly string[] }).ids;
}
