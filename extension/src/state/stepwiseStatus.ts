/** What the status bar says while stepwise is on. */

import { obstacle, type Walk } from "./stepwise";
import type { StatusView } from "./summary";

/** `root` is the name of the root that the walk is in, where there are several. */
export function stepwiseStatus(walk: Walk, root: string | null): StatusView {
  const place = placeOf(walk);
  const where = root === null ? "" : ` in ${root}`;
  if (walk.step !== null) {
    const sentence = `pytest takes a step of stepwise${where}. Click to show the tests.`;
    return { text: `$(sync~spin) ${place}`, sentence, action: "showTests", tone: "plain" };
  }
  const icon = walk.stand?.error == null ? "$(debug-step-over)" : "$(error)";
  return {
    text: `${icon} ${place}`,
    sentence: sentenceOf(walk, where),
    action: obstacle(walk) === null ? "showTests" : "showStepwise",
    tone: "plain",
  };
}

function placeOf({ stand }: Walk): string {
  if (stand?.position == null || stand.total === null) return "stepwise";
  return `stepwise ${String(stand.position)}/${String(stand.total)}`;
}

function sentenceOf(walk: Walk, where: string): string {
  const { stand } = walk;
  if (stand?.error != null) {
    const { id, message } = stand.error;
    return `Stepwise cannot go on${where}: ${id} cannot be collected${because(message)}. Save a file to try again. Click to show it.`;
  }
  if (stand?.test == null) return `Stepwise waits${where}. Save a file to go on. Click to show the tests.`;
  const order =
    stand.position === null || stand.total === null
      ? ""
      : `test ${String(stand.position)} of ${String(stand.total)}, `;
  const show = obstacle(walk) === null ? "Click to show the tests." : "Click to show it.";
  return `Stepwise has stopped${where} at ${order}${stand.test}${because(stand.record?.message)}. Save a file to rerun it and go on. ${show}`;
}

function because(message: string | null | undefined): string {
  return message == null ? "" : `: ${message}`;
}
