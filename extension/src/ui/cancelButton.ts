/** The status bar's button that cancels the runs that were started here. */

import { StatusBarAlignment, window, type Event } from "vscode";

import { DisposableStore } from "../platform/disposables";
import { COMMANDS } from "./commandIds";

export class CancelButton extends DisposableStore {
  readonly #item = this.add(
    // Just right of the item that shows the progress.
    window.createStatusBarItem("pytestRecall.cancelRun", StatusBarAlignment.Left, 9.9),
  );

  /** `onDidChange` tells how many runs there are, those that wait included. */
  constructor(onDidChange: Event<number>) {
    super();
    this.#item.name = "Pytest Recall: Cancel Run";
    this.#item.text = "$(debug-stop)";
    this.#item.command = COMMANDS.cancelRun;
    this.add(
      onDidChange((count) => {
        this.#show(count);
      }),
    );
  }

  #show(count: number): void {
    const label =
      count === 1 ? "Cancel the test run" : `Cancel ${String(count)} test runs, also those that wait`;
    this.#item.tooltip = label;
    this.#item.accessibilityInformation = { label, role: "button" };
    if (count > 0) this.#item.show();
    else this.#item.hide();
  }
}
