/** Imports failures that others have reported, such as those of CI. */

import * as l10n from "@vscode/l10n";
import { commands, env, ProgressLocation, window } from "vscode";

import { IMPORT, type ImportParams, type ImportResult, type Root } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import { isWhole, reportOf, sentenceOf, WAYS, type Into } from "../state/importReport";
import type { Server } from "../state/server";
import { whichRoot } from "./cacheCommands";
import type { CacheReports } from "./cacheReports";
import { COMMANDS } from "./commandIds";

const DETAILS = l10n.t("Show Details");
const RERUN = l10n.t("Rerun Last Failed");

type Source = Pick<ImportParams, "files" | "text">;

/** Asks for the root, the source, and what is to become of the failures; then imports them. */
export async function importFailures(
  server: Server,
  roots: readonly Root[],
  reports: CacheReports,
): Promise<void> {
  if (roots.length === 0) throw new HumanError(l10n.t("No pytest tests were found in this window."));
  const root = await whichRoot(roots, l10n.t("Import failures of which folder?"));
  if (root === undefined) return;
  const source = await chooseSource();
  if (source === undefined) return;
  const into = await chooseWay();
  if (into === undefined) return;
  const result = await window.withProgress(
    { location: ProgressLocation.Notification, title: l10n.t("Importing failures") },
    () => server.request(IMPORT, { root: root.uri, ...source, into }),
  );
  reports.update(root, reportOf(result), "imported");
  await tell(root, result, into, reports);
}

async function chooseSource(): Promise<Source | undefined> {
  const files = {
    label: `$(files) ${l10n.t("Files…")}`,
    detail: l10n.t("JUnit XML, logs, reports of pytest-reportlog, exported runs"),
  };
  const clipboard = {
    label: `$(clippy) ${l10n.t("Clipboard")}`,
    detail: l10n.t("Lines of a log, such as FAILED path::name - reason"),
  };
  const picked = await window.showQuickPick([files, clipboard], {
    placeHolder: l10n.t("Import failures from"),
  });
  if (picked === undefined) return undefined;
  return picked === files ? chooseFiles() : readClipboard();
}

async function chooseFiles(): Promise<Source | undefined> {
  const uris = await window.showOpenDialog({
    title: l10n.t("Import Failures"),
    openLabel: l10n.t("Import"),
    canSelectMany: true,
    filters: {
      [l10n.t("Reports and logs")]: ["xml", "log", "txt", "json", "jsonl"],
      [l10n.t("All files")]: ["*"],
    },
  });
  return uris === undefined || uris.length === 0
    ? undefined
    : { files: uris.map((uri) => uri.toString()), text: null };
}

async function readClipboard(): Promise<Source> {
  const text = await env.clipboard.readText();
  if (text.trim() === "") throw new HumanError(l10n.t("There is no text on the clipboard."));
  return { files: [], text };
}

async function chooseWay(): Promise<Into | undefined> {
  const placeHolder = l10n.t("What is to become of the failures?");
  return (await window.showQuickPick(WAYS, { placeHolder }))?.into;
}

async function tell(root: Root, result: ImportResult, into: Into, reports: CacheReports): Promise<void> {
  const sentence = sentenceOf(result, into);
  const rerun = result.run !== null && into !== "look" && result.failureCount > 0 ? [RERUN] : [];
  const answer = isWhole(result)
    ? await window.showInformationMessage(sentence, ...rerun, DETAILS)
    : await window.showWarningMessage(sentence, ...rerun, DETAILS);
  if (answer === DETAILS) await reports.show(root, "imported");
  if (answer === RERUN) await commands.executeCommand(COMMANDS.rerunLastFailed);
}
