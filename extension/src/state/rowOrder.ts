/** The order of the rows of one line, such as a function's parameters: failed, unfinished, new, the rest. */
import type { Node } from "../client/protocol.generated";

/** The text by which the row of *node* sorts among those of its line; of equal rank as pytest has them. */
export function rowOrder({
  failed,
  unfinished,
  new: isNew,
  index,
}: Pick<Node, "failed" | "unfinished" | "new" | "index">): string {
  const rank = failed ? 0 : unfinished ? 1 : isNew ? 2 : 3;
  return `${rank.toString()}-${index.toString().padStart(6, "0")}`;
}
