/** What the status bar says while stepwise is on. */

import * as l10n from "@vscode/l10n";

import { obstacle, type Walk } from "./stepwise";
import type { StatusView } from "./summary";

/** `root` is the name of the root that the walk is in, where there are several. */
export function stepwiseStatus(walk: Walk, root: string | null): StatusView {
  const place = placeOf(walk);
  // A language may want it elsewhere in its sentences: it is a part of its own in each of them.
  const where = root === null ? "" : ` ${l10n.t("in {0}", root)}`;
  if (walk.step !== null) {
    const sentence = `${l10n.t("pytest takes a step of stepwise{0}.", where)} ${l10n.t("Click to show the tests.")}`;
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
  if (stand?.position == null || stand.total === null) return l10n.t("stepwise");
  return l10n.t("stepwise {0}/{1}", stand.position, stand.total);
}

function sentenceOf(walk: Walk, where: string): string {
  const { stand } = walk;
  if (stand?.error != null) {
    const { id, message } = stand.error;
    return l10n.t(
      "Stepwise cannot go on{0}: {1} cannot be collected{2}. Save a file to try again. Click to show it.",
      where,
      id,
      because(message),
    );
  }
  if (stand?.test == null)
    return l10n.t("Stepwise waits{0}. Save a file to go on. Click to show the tests.", where);
  const test = `${stand.test}${because(stand.record?.message)}`;
  const { position, total } = stand;
  const stopped =
    position === null || total === null
      ? l10n.t("Stepwise has stopped{0} at {1}.", where, test)
      : l10n.t("Stepwise has stopped{0} at test {1} of {2}, {3}.", where, position, total, test);
  const show = obstacle(walk) === null ? l10n.t("Click to show the tests.") : l10n.t("Click to show it.");
  return `${stopped} ${l10n.t("Save a file to rerun it and go on.")} ${show}`;
}

function because(message: string | null | undefined): string {
  return message == null ? "" : `: ${message}`;
}
