/** Composes the short texts that stand at the end of lines. */

import type { FailureMarker, MarkersParams } from "../client/protocol.generated";

const LONGEST = 160;

/** Markers of an older text than the one shown would stand on wrong lines; a newer message is on its way. */
export function fitsDocument(markers: Pick<MarkersParams, "version">, documentVersion: number): boolean {
  return markers.version >= documentVersion;
}

/** `assert 1 == 2`, and how many tests failed there where it is more than one. */
export function failureText(marker: FailureMarker): string {
  const reason = oneLine(marker.message);
  const many = marker.ids.length > 1 ? ` (${String(marker.ids.length)} tests)` : "";
  const stale = marker.outdated ? "outdated: " : "";
  return `${stale}${reason}${many}`;
}

/** All that a hover over the failing line says. */
export function failureHover(marker: FailureMarker): string {
  const names = marker.ids.map((id) => `- ${code(id)}`);
  const stale = marker.outdated ? ["The line has changed since."] : [];
  return [fence(marker.message), ...stale, ...names].join("\n\n");
}

/** What fits behind a line of code. */
export function oneLine(text: string): string {
  return cut(text.replaceAll(/\s+/gu, " ").trim());
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Backticks inside need a longer fence around. */
function code(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map((match) => match[0].length));
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `${ticks}${text}${ticks}` : `${ticks} ${text} ${ticks}`;
}

function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map((match) => match[0].length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}text\n${text}\n${ticks}`;
}
