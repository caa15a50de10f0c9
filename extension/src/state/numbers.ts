/** Writes numbers as the language of the window does. */

import * as l10n from "@vscode/l10n";

/** `12,345`. */
export function grouped(count: number): string {
  return count.toLocaleString(locale());
}

/** `1.5`: with so many digits behind the point. */
export function fixed(value: number, digits: number): string {
  return value.toFixed(digits).replace(".", (1.5).toLocaleString(locale()).charAt(1));
}

function locale(): string {
  return l10n.t({
    message: "en",
    comment: "The locale (BCP 47) in which numbers are written: en has 1,234.5",
  });
}
