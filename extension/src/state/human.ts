/** Says sizes and ages the way people do. */

import * as l10n from "@vscode/l10n";

import { fixed } from "./numbers";

const UNITS = ["KB", "MB", "GB"] as const;

/** `512 bytes`, `1.2 KB`. */
export function size(bytes: number): string {
  if (bytes === 1) return l10n.t("1 byte");
  if (bytes < 1024) return l10n.t("{0} bytes", fixed(bytes, 0));
  let value = bytes / 1024;
  let unit = 0;
  while (value >= 1024 && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = value >= 100 ? 0 : 1;
  return `${fixed(value, digits)} ${UNITS[unit] ?? ""}`;
}

/** `just now`, `3 min ago`, `2 h ago`, `5 d ago`; both times in seconds. */
export function age(then: number, now: number): string {
  const seconds = Math.max(0, now - then);
  if (seconds < 60) return l10n.t("just now");
  if (seconds < 3600) return l10n.t("{0} min ago", Math.floor(seconds / 60));
  if (seconds < 24 * 3600) return l10n.t("{0} h ago", Math.floor(seconds / 3600));
  return l10n.t("{0} d ago", Math.floor(seconds / (24 * 3600)));
}

/** `42 s`, `3 min 5 s`, `1 h 2 min`. */
export function span(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return l10n.t("{0} s", whole);
  if (whole < 3600) return l10n.t("{0} min {1} s", Math.floor(whole / 60), whole % 60);
  return l10n.t("{0} h {1} min", Math.floor(whole / 3600), Math.floor((whole % 3600) / 60));
}
