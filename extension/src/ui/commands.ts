/** Registers commands, so that whatever they throw reaches people or the log. */

import * as l10n from "@vscode/l10n";
import { commands, window } from "vscode";

import { HumanError, messageOf } from "../platform/errors";
import { DisposableStore } from "../platform/disposables";
import type { Log } from "../platform/log";
import { COMMANDS } from "./commandIds";
import { mayRun, type CommandName, type Facts } from "./guards";

/** What each command does. */
export type Actions = Readonly<Record<CommandName, (argument: unknown) => Promise<void> | void>>;

/** `facts` are those at the time; a command that lacks what it needs says so, however it was called. */
export function registerCommands(actions: Actions, facts: () => Facts, log: Log): DisposableStore {
  const store = new DisposableStore();
  for (const name of Object.keys(actions) as CommandName[]) {
    const perform = async (argument: unknown): Promise<void> => {
      if (await mayRun(name, facts())) await actions[name](argument);
    };
    const id = COMMANDS[name];
    store.add(commands.registerCommand(id, (argument: unknown) => guarded(id, perform, argument, log)));
  }
  return store;
}

async function guarded(
  id: string,
  perform: (argument: unknown) => Promise<void>,
  argument: unknown,
  log: Log,
): Promise<void> {
  try {
    await perform(argument);
  } catch (error) {
    if (!(error instanceof HumanError))
      log.error(`${id}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
    await tell(error, log);
  }
}

async function tell(error: unknown, log: Log): Promise<void> {
  const showLog = l10n.t("Show Log");
  const text = error instanceof HumanError ? error.message : `Pytest Recall: ${messageOf(error)}`;
  const answer = await window.showErrorMessage(text, ...(error instanceof HumanError ? [] : [showLog]));
  if (answer === showLog) log.show();
}
