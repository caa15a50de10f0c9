/** Lets pytest collect what parsing cannot see. */

import * as l10n from "@vscode/l10n";
import { ProgressLocation, window } from "vscode";

import { COLLECT, type CollectResult, type Root } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import { collectedSentence } from "../state/collected";
import type { Server } from "../state/server";

const TITLE = l10n.t("Collecting tests");
const SAID_FOR = 5000;

/** Collects all roots because somebody asked for it; the notification can cancel it. */
export async function collectTests(server: Server, roots: readonly Root[]): Promise<void> {
  const progress = { location: ProgressLocation.Notification, title: TITLE, cancellable: true };
  const results = await window.withProgress(progress, (_, token) =>
    Promise.all(roots.map(({ uri }) => server.request(COLLECT, { root: uri }, token))),
  );
  say(results);
  const problem = results.find((one) => one.problem !== null)?.problem ?? null;
  if (problem !== null) throw new HumanError(problem);
}

/** Collects one root by itself, where it disturbs nobody. */
export async function collectQuietly(server: Server, root: string): Promise<void> {
  const progress = { location: ProgressLocation.Window, title: TITLE };
  const result = await window.withProgress(progress, () => server.request(COLLECT, { root }));
  if (result.problem !== null) throw new HumanError(result.problem);
  say([result]);
}

function say(results: readonly CollectResult[]): void {
  const sentence = collectedSentence(results);
  if (sentence !== null) window.setStatusBarMessage(sentence, SAID_FOR);
}
