/** Errors that are meant for people, and all others. */

/** Its message is shown as it is. */
export class HumanError extends Error {}

/** What to say of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
