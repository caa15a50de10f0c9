/** Errors meant for people, and the one place that prints them. */

/** Something the user can put right: its message is one clear line, shown without a traceback. */
export class Problem extends Error {
  /**
   * @param {string} message
   * @param {string} [details] the last lines of what a tool said
   */
  constructor(message, details = "") {
    super(message);
    this.name = "Problem";
    this.details = details;
  }
}

/**
 * Run a script's main function; a Problem becomes its one line and exit status 1.
 * @param {() => Promise<number | void>} main returns the exit status, 0 when nothing
 */
export async function runMain(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    tell(error);
    process.exitCode = 1;
  }
}

/**
 * Show an error: a Problem as its line, anything else (a mistake of ours) with its traceback.
 * @param {unknown} error
 */
export function tell(error) {
  if (error instanceof Problem) {
    if (error.details !== "") process.stderr.write(`${error.details}\n`);
    process.stderr.write(`\n✗ ${error.message}\n`);
  } else {
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  }
}
