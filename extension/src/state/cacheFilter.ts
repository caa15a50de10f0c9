/** Chooses keys of the cache by a glob, as `pytest --cache-show=<glob>` does. */

import * as l10n from "@vscode/l10n";

/** Whether `key` ends in what `glob` describes; `*` and `?` stop at slashes, `**` does not. */
export function matches(key: string, glob: string): boolean {
  return patternOf(glob).test(key);
}

/** What is wrong with a glob, or null. */
export function problemOf(glob: string): string | null {
  if (glob.startsWith("/"))
    return l10n.t("A pattern is relative to the cache: it does not begin with a slash.");
  return null;
}

function patternOf(glob: string): RegExp {
  const parts = glob.split("/").filter((part) => part !== "" && part !== ".");
  const body = parts.map((part) => (part === "**" ? "(?:[^/]+/)*" : `${partOf(part)}/`)).join("");
  return new RegExp(`(?:^|/)${body.replace(/\/$/, "")}$`);
}

/** The pattern of one name, which may have classes such as `[ab]` in it. */
function partOf(part: string): string {
  return part.replace(/\[!?[^\]]+\]|[*?]|[^*?[]+|\[/g, (piece) => {
    if (piece === "*") return "[^/]*";
    if (piece === "?") return "[^/]";
    if (piece.length > 1 && piece.startsWith("[") && piece.endsWith("]")) {
      const inside = piece.slice(1, -1).replace(/[\\^]/g, "\\$&");
      return inside.startsWith("!") ? `[^/${inside.slice(1)}]` : `[${inside}]`;
    }
    return piece.replace(/[\\^$.+()|{}[\]]/g, "\\$&");
  });
}
