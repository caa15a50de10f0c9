/** Tells those who are elsewhere that a long run has ended. */

import * as l10n from "@vscode/l10n";
import { commands, window, type TestItem } from "vscode";

import type { RunResult } from "../client/protocol.generated";
import { readNotifyAfter, writeNotifyAfter } from "../platform/settings";
import { endNotice } from "../state/endNotice";

const SHOW = l10n.t("Show Failures");
const NEVER = l10n.t("Do Not Show Again");

/** `firstFailed` finds the row that is shown to those who ask for the failures. */
export async function tellEnd(
  results: readonly RunResult[],
  firstFailed: () => TestItem | undefined,
): Promise<void> {
  const notice = endNotice({ results, focused: window.state.focused, after: readNotifyAfter() });
  if (notice === null) return;
  const buttons = notice.hasFailures ? [SHOW, NEVER] : [NEVER];
  const answer = await window.showInformationMessage(notice.text, ...buttons);
  if (answer === NEVER) await writeNotifyAfter(0);
  if (answer === SHOW) await show(firstFailed());
}

async function show(row: TestItem | undefined): Promise<void> {
  await commands.executeCommand("workbench.view.testing.focus");
  if (row !== undefined) await commands.executeCommand("vscode.revealTestInExplorer", row);
}
