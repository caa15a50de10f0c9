/** Tells whether a change of the tree of tests follows the one before it. */

import type { TestsParams } from "../client/protocol.generated";

/** A batch that begins anew always fits; any other must be the very next one. */
export function follows(last: number | undefined, batch: Pick<TestsParams, "state" | "reset">): boolean {
  return batch.reset || (last !== undefined && batch.state === last + 1);
}
