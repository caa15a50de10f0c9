/** What code lenses and code actions ask for: something to be done with tests that they name. */

import * as l10n from "@vscode/l10n";
import { env, window } from "vscode";

import { FAILURE, type NamedTests } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import type { Server } from "../state/server";
import { COMMANDS } from "./commandIds";

/** Our commands in place of the server's, which can show no run and know no clipboard. */
export const CLIENT_COMMANDS: Readonly<Record<string, string>> = {
  rerun: COMMANDS.rerunTests,
  debug: COMMANDS.debugTests,
  copy: COMMANDS.copyFailure,
};

/** The argument of a command; anybody may call it with anything. */
export function namedTestsOf(argument: unknown): NamedTests {
  if (typeof argument === "object" && argument !== null && "root" in argument && "ids" in argument) {
    const { root, ids } = argument;
    if (typeof root === "string" && Array.isArray(ids) && ids.every((one) => typeof one === "string")) {
      return { root, ids };
    }
  }
  throw new HumanError(l10n.t("This command needs tests: it is called from a code lens or a code action."));
}

/** Copies why tests failed, as pytest printed it. */
export async function copyFailure(server: Server, tests: NamedTests): Promise<void> {
  const { text } = await server.request(FAILURE, tests);
  await env.clipboard.writeText(text);
  window.setStatusBarMessage(`$(clippy) ${l10n.t("The failure is copied")}`, 5000);
}
