/**
 * Foresees the badge that VS Code itself draws at the end of a failing line, over whatever stands there.
 *
 * VS Code tells nobody whether it draws the badge: it does for its latest run, until the test is edited.
 * So the badge is kept short, and our own text leaves room for it.
 */

import * as l10n from "@vscode/l10n";

const SIDE = 30;
/** Arrow, icon and the gaps around them, in pixels. */
const FRAME = 56;
/** The badge's small letters, in pixels each; a little more than they are on average. */
const LETTER = 6.4;

/** What the badge says of a failure with a difference. */
export function differenceBadge(expected: string, actual: string): string {
  return `${cut(actual)} != ${cut(expected)}`;
}

/** What stands in the badge of any other failure: the exception's name, since the reason stands beside it. */
export function kindOf(message: string): string {
  const name = /^(?:\w+\.)*([A-Z]\w*)(?::|$)/u.exec(message)?.[1];
  if (name !== undefined) return name;
  return message.startsWith("assert ") ? "AssertionError" : l10n.t("failed");
}

/** How far from the end of the line text must stand to be clear of a badge, in pixels. */
export function roomFor(badge: string): number {
  return Math.round(FRAME + badge.length * LETTER);
}

function cut(text: string): string {
  return text.replaceAll(/\s+/gu, " ").slice(0, SIDE);
}
