/** Decides whether and when a server that ended by itself is started again. */

/** Times of earlier restarts, in milliseconds, oldest first. */
export type Restarts = readonly number[];

export type AfterEnd =
  | { readonly kind: "restart"; readonly delay: number; readonly restarts: Restarts }
  | { readonly kind: "giveUp" };

const AT_MOST = 5;
const WITHIN = 3 * 60 * 1000;
const APART = 1000;

/** At most once a second, and at most five times in three minutes: then something is truly wrong. */
export function afterEnd(earlier: Restarts, startedAt: number, now: number): AfterEnd {
  const recent = earlier.filter((time) => now - time < WITHIN);
  if (recent.length >= AT_MOST) return { kind: "giveUp" };
  const delay = Math.max(0, startedAt + APART - now);
  return { kind: "restart", delay, restarts: [...recent, now + delay] };
}
