/** Copies what a person would type to run in a terminal what was run last. */

import * as l10n from "@vscode/l10n";
import { env, window } from "vscode";

import { HumanError } from "../platform/errors";

export async function copyCommandLine(line: string | null): Promise<void> {
  if (line === null) throw new HumanError(l10n.t("No test has been run in this window yet."));
  await env.clipboard.writeText(line);
  window.setStatusBarMessage(`$(clippy) ${l10n.t("The command line of the last run is copied")}`, 5000);
}
