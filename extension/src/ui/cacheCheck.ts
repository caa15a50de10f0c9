/** Checks a cache, and repairs it when asked to. */

import * as l10n from "@vscode/l10n";
import { Uri, window } from "vscode";

import { DOCTOR, type DoctorResult, type Root } from "../client/protocol.generated";
import { reportOf, verdictOf, type Verdict } from "../state/cacheReport";
import type { Server } from "../state/server";
import { rootOfRow, whichRoot } from "./cacheCommands";
import type { CacheReports } from "./cacheReports";

const REPAIR = l10n.t("Repair");
const DETAILS = l10n.t("Show Details");

/** `argument` is the row of the Cache panel that it was asked for on, if any. */
export async function checkCache(
  server: Server,
  roots: readonly Root[],
  reports: CacheReports,
  argument: unknown,
): Promise<void> {
  const root =
    rootOfRow(roots, argument) ?? (await whichRoot(roots, l10n.t("Check the cache of which folder?")));
  if (root === undefined) return;
  const result = await server.request(DOCTOR, { root: root.uri, repair: false });
  if ((await tell(root, result, reports)) !== REPAIR) return;
  await tell(root, await server.request(DOCTOR, { root: root.uri, repair: true }), reports);
}

/** Says how the cache is, and returns what is to be done about it. */
async function tell(root: Root, result: DoctorResult, reports: CacheReports): Promise<string | undefined> {
  const verdict = verdictOf(root.name, result);
  reports.update(root, reportOf(root.name, Uri.parse(result.directory, true).fsPath, result));
  const repair = verdict.canRepair ? [REPAIR] : [];
  const answer = await say(verdict, [...repair, ...(verdict.hasDetails ? [DETAILS] : [])]);
  if (answer !== DETAILS) return answer === REPAIR ? REPAIR : undefined;
  await reports.show(root);
  // Who has read the details may still want the repair.
  return verdict.canRepair && (await say(verdict, repair)) === REPAIR ? REPAIR : undefined;
}

async function say({ tone, sentence }: Verdict, buttons: readonly string[]): Promise<string | undefined> {
  return tone === "good"
    ? window.showInformationMessage(sentence, ...buttons)
    : window.showWarningMessage(sentence, ...buttons);
}
