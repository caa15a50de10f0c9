/** Figures that people want to read: in the report, and in the log of the run. */
import { test } from "@playwright/test";

/** Report the seconds since *begin* (of `performance.now`), *until* what has just been seen. */
export function reportSeconds(until: string, begin: number): void {
  const seconds = ((performance.now() - begin) / 1000).toFixed(2);
  test.info().annotations.push({ type: `seconds ${until}`, description: seconds });
  process.stdout.write(`    ${seconds} s ${until}\n`);
}

/** Report median and worst of *delays*, in milliseconds, and the last of them. */
export function reportMilliseconds(what: string, delays: readonly number[]): void {
  const sorted = [...delays].sort((one, other) => one - other).map((delay) => Math.round(delay));
  const [median, worst] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  const last = Math.round(delays.at(-1) ?? NaN);
  const said = `median ${String(median)}, worst ${String(worst)}, last test ${String(last)}`;
  test.info().annotations.push({ type: `milliseconds ${what}`, description: said });
  process.stdout.write(`    ${said} ms ${what}\n`);
}
