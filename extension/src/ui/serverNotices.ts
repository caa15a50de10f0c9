/** What people are told about the server and the roots. */

import * as l10n from "@vscode/l10n";
import { window } from "vscode";

import type { Root } from "../client/protocol.generated";
import type { Log } from "../platform/log";

/** The server ended too often; `restart` is what the button does. */
export async function tellServerEnded(restart: () => Promise<void>, log: Log): Promise<void> {
  const [again, showLog] = [l10n.t("Restart"), l10n.t("Show Log")];
  const answer = await window.showErrorMessage(
    l10n.t(
      "The Pytest Recall server has ended six times within three minutes and is not started again by itself.",
    ),
    again,
    showLog,
  );
  if (answer === again) await restart();
  if (answer === showLog) log.show();
}

/** Why a run could not be, with the way to the log. */
export async function tellRunProblem(problem: string, log: Log): Promise<void> {
  const showLog = l10n.t("Show Log");
  if ((await window.showErrorMessage(problem, showLog)) === showLog) log.show();
}

/** Tells each problem of a root once. */
export class RootProblems {
  #told = new Set<string>();

  tell(roots: readonly Root[]): void {
    const problems = roots.flatMap(({ name, problems: all }) => all.map((one) => `${name}: ${one}`));
    for (const problem of problems) {
      if (!this.#told.has(problem)) void window.showWarningMessage(problem);
    }
    this.#told = new Set(problems);
  }
}
