/** Registers commands, so that whatever they throw reaches people or the log. */

import { commands, window } from "vscode";

import { HumanError, messageOf } from "../platform/errors";
import { DisposableStore } from "../platform/disposables";
import type { Log } from "../platform/log";
import { COMMANDS } from "./commandIds";

/** What each command does. */
export type Actions = Readonly<Record<keyof typeof COMMANDS, (argument: unknown) => Promise<void> | void>>;

export function registerCommands(actions: Actions, log: Log): DisposableStore {
  const store = new DisposableStore();
  for (const [name, action] of Object.entries(actions)) {
    const id = COMMANDS[name as keyof Actions];
    store.add(commands.registerCommand(id, (argument: unknown) => guarded(id, action, argument, log)));
  }
  return store;
}

async function guarded(
  id: string,
  action: Actions[keyof Actions],
  argument: unknown,
  log: Log,
): Promise<void> {
  try {
    await action(argument);
  } catch (error) {
    if (!(error instanceof HumanError))
      log.error(`${id}: ${error instanceof Error ? (error.stack ?? "") : String(error)}`);
    await tell(error, log);
  }
}

async function tell(error: unknown, log: Log): Promise<void> {
  const showLog = "Show Log";
  const text = error instanceof HumanError ? error.message : `Pytest Recall: ${messageOf(error)}`;
  const answer = await window.showErrorMessage(text, ...(error instanceof HumanError ? [] : [showLog]));
  if (answer === showLog) log.show();
}
