/** Composes the short texts that stand at the end of lines, and what their hovers say. */

import * as l10n from "@vscode/l10n";

import type {
  FailedMarker,
  FailureMarker,
  MarkersParams,
  TraceFailure,
  TraceMarker,
} from "../client/protocol.generated";
import { labelOf } from "./nodeIds";

const LONGEST = 160;

/** Markers of an older text than the one shown would stand on wrong lines; a newer message is on its way. */
export function fitsDocument(markers: Pick<MarkersParams, "version">, documentVersion: number): boolean {
  return markers.version >= documentVersion;
}

/** Whether a failure is one of another source than what is there now. */
export function isOutdated({ outdated, stale }: FailureMarker): boolean {
  return outdated || stale === true;
}

/** `assert 1 == 2`, and how many tests failed there where it is more than one. */
export function failureText(marker: FailureMarker): string {
  const reason = oneLine(marker.message);
  const many = marker.ids.length;
  const text = many > 1 ? l10n.t("{0} ({1} tests)", reason, many) : reason;
  return isOutdated(marker) ? l10n.t("outdated: {0}", text) : text;
}

/** All that a hover over the failing line says. */
export function failureHover(marker: FailureMarker): string {
  const names = marker.ids.map((id) => `- ${code(id)}`);
  return [fence(marker.message), ...changes(marker), ...names].join("\n\n");
}

function changes(marker: FailureMarker): readonly string[] {
  if (marker.outdated) return [l10n.t("The line has changed since.")];
  return isOutdated(marker) ? [l10n.t("The test has changed since.")] : [];
}

/** `failed 3 runs`, at the `def` line. */
export function failedText({ runs }: FailedMarker): string {
  return runs > 1 ? l10n.t("failed {0} runs", runs) : l10n.t("failed");
}

/** At a line that the traceback of a failure goes through: which failure, or how many. */
export function traceText({ failures: [first], count }: TraceMarker): string {
  if (count > 1 || first === undefined) return l10n.t("{0} failures through here", count);
  return cut(`${labelOf(first.id)}: ${oneLine(first.message)}`);
}

/** The failures whose tracebacks go through a line. */
export function traceHover({ failures, count }: TraceMarker): string {
  const more = count - failures.length;
  return [
    count > 1
      ? l10n.t("The tracebacks of these failures go through here:")
      : l10n.t("The traceback of a failure goes through here:"),
    failures.map(traced).join("\n"),
    ...(more > 0 ? [l10n.t("and {0} more", more)] : []),
  ].join("\n\n");
}

function traced({ id, message }: TraceFailure): string {
  return `- ${code(id)}: ${code(oneLine(message))}`;
}

/** What fits behind a line of code. */
export function oneLine(text: string): string {
  return cut(text.replaceAll(/\s+/gu, " ").trim());
}

function cut(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`;
}

/** Backticks inside need a longer fence around, and an empty line would end it. */
function code(given: string): string {
  const text = given.replaceAll(/\s+/gu, " ");
  const longest = Math.max(0, ...[...text.matchAll(/`+/gu)].map((match) => match[0].length));
  const ticks = "`".repeat(longest + 1);
  return longest === 0 ? `${ticks}${text}${ticks}` : `${ticks} ${text} ${ticks}`;
}

function fence(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/gu)].map((match) => match[0].length));
  const ticks = "`".repeat(longest + 1);
  return `${ticks}text\n${text}\n${ticks}`;
}
