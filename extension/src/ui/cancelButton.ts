/** The status bar's button that cancels the runs that were started here. */

import * as l10n from "@vscode/l10n";
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
    this.#item.name = l10n.t("Pytest Recall: Cancel Run");
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
      count === 1
        ? l10n.t("Cancel the test run")
        : l10n.t("Cancel {0} test runs, also those that wait", count);
    this.#item.tooltip = label;
    this.#item.accessibilityInformation = { label, role: "button" };
    if (count > 0) this.#item.show();
    else this.#item.hide();
  }
}
