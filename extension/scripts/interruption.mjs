/** Being asked to end: by Ctrl-C, by the system, by a terminal that is closed. */
import { once } from "node:events";

/** @type {readonly NodeJS.Signals[]} */
const signals = ["SIGINT", "SIGTERM", "SIGHUP"];

/** The status of a program that was interrupted, as a shell has it for Ctrl-C. */
export const INTERRUPTED = 130;

/**
 * Take the signals over: from now on none ends this process by itself, so that it can clear up behind itself.
 * @returns {AbortSignal} aborted by the first of them
 */
export function armInterruption() {
  const controller = new AbortController();
  onEachSignal(() => {
    controller.abort();
  });
  return controller.signal;
}

/** @param {AbortSignal} interruption */
export async function interrupted(interruption) {
  if (!interruption.aborted) await once(interruption, "abort");
}

/** @param {(signal: NodeJS.Signals) => void} act */
export function onEachSignal(act) {
  for (const signal of signals) process.on(signal, act);
}
