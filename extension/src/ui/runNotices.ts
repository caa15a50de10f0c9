/** What runs have to tell besides their results: so far, why they have gone without workers. */

import * as l10n from "@vscode/l10n";
import { commands, window } from "vscode";

const OPEN_SETTING = l10n.t("Open Setting");

export class RunNotices {
  readonly #told = new Set<string>();

  /** Tells each of them once; the output of every run has them. */
  tell(notices: readonly string[]): void {
    for (const notice of notices) {
      if (!this.#told.has(notice)) void tellNotice(notice);
      this.#told.add(notice);
    }
  }
}

async function tellNotice(notice: string): Promise<void> {
  if ((await window.showWarningMessage(notice, OPEN_SETTING)) !== OPEN_SETTING) return;
  await commands.executeCommand("workbench.action.openSettings", "pytestRecall.workers");
}
