/** Waiting for what no locator can tell: files, texts that decorations draw. */

const patience = 45_000;

/**
 * Read until what is read *isRight*, and return it.
 * @throws Error that shows what was read last
 */
export async function until<T>(read: () => Promise<T>, isRight: (value: T) => boolean): Promise<T> {
  const deadline = performance.now() + patience;
  for (;;) {
    const value = await read();
    if (isRight(value)) return value;
    if (performance.now() > deadline) throw new Error(`Waited in vain; last seen: ${JSON.stringify(value)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}
