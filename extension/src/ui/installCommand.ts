/** Shows how pytest is installed: typed into a terminal, not run, because installing is the user's decision. */

import { window, type Terminal } from "vscode";

/** A terminal that does not tell when it is ready is typed into after this time. */
const PATIENCE = 2000;

export async function showInstallCommand(python: string): Promise<void> {
  const terminal = window.createTerminal("Install pytest");
  terminal.show();
  await ready(terminal);
  terminal.sendText(`${quoted(python)} -m pip install --upgrade pytest`, false);
}

/** What is typed before the prompt stands there would be shown twice. */
async function ready(terminal: Terminal): Promise<void> {
  await new Promise<void>((resolve) => {
    const timer = setTimeout(done, PATIENCE);
    const listener = window.onDidChangeTerminalShellIntegration((event) => {
      if (event.terminal === terminal) done();
    });
    function done(): void {
      clearTimeout(timer);
      listener.dispose();
      resolve();
    }
  });
}

function quoted(path: string): string {
  return /[^\w@%+=:,./\\-]/u.test(path) ? `"${path}"` : path;
}
