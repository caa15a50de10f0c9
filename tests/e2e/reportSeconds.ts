/** Figures that people want to read: in the report, and in the log of the run. */
import { test } from "@playwright/test";

/** Report the seconds since *begin* (of `performance.now`), *until* what has just been seen. */
export function reportSeconds(until: string, begin: number): void {
  const seconds = ((performance.now() - begin) / 1000).toFixed(2);
  test.info().annotations.push({ type: `seconds ${until}`, description: seconds });
  process.stdout.write(`    ${seconds} s ${until}\n`);
}
