/** The status bar item. */

import { StatusBarAlignment, ThemeColor, window, type Disposable, type StatusBarItem } from "vscode";

import type { SummaryParams } from "../client/protocol.generated";
import { statusOf, type StatusAction, type StatusInput } from "../state/summary";
import { COMMANDS } from "./commandIds";
import type { RerunKind } from "./reruns";

const COMMAND_OF: Readonly<Record<StatusAction, string>> = {
  rerunLastFailed: COMMANDS.rerunLastFailed,
  rerunOutstanding: COMMANDS.rerunOutstanding,
  showTests: "workbench.view.testing.focus",
  selectInterpreter: COMMANDS.selectInterpreter,
  restartServer: COMMANDS.restartServer,
  manageTrust: "workbench.trust.manage",
  showStepwise: COMMANDS.stepwiseShow,
};

export class Status implements Disposable {
  readonly #item: StatusBarItem;
  #input: StatusInput;

  constructor(trusted: boolean) {
    this.#item = window.createStatusBarItem("pytestRecall.status", StatusBarAlignment.Left, 10);
    this.#item.name = "Pytest Recall";
    this.#input = { summaries: [], server: "starting", trusted, problem: null };
  }

  /** The counts of a root have changed. */
  summarize(summary: SummaryParams): void {
    const others = this.#input.summaries.filter(({ root }) => root !== summary.root);
    this.update({ summaries: [...others, summary] });
  }

  /** Roots that are gone count no longer. */
  keepRoots(uris: readonly string[]): void {
    this.update({ summaries: this.#input.summaries.filter(({ root }) => uris.includes(root)) });
  }

  /** No run is under way any more. */
  runsEnded(): void {
    this.update({ summaries: this.#input.summaries.map((one) => ({ ...one, running: null })) });
  }

  /** The roots in which there is something to rerun. */
  rootsWith(kind: RerunKind): readonly string[] {
    return this.#input.summaries
      .filter(({ failed, unfinished }) => failed > 0 || (kind === "outstanding" && unfinished > 0))
      .map(({ root }) => root);
  }

  update(change: Partial<StatusInput>): void {
    this.#input = { ...this.#input, ...change };
    const { server, summaries } = this.#input;
    // A folder without tests has nothing to be told of.
    if (server === "off" || (server === "running" && summaries.length === 0)) {
      this.#item.hide();
      return;
    }
    const view = statusOf(this.#input);
    this.#item.text = view.text;
    this.#item.tooltip = view.sentence;
    this.#item.accessibilityInformation = { label: view.sentence, role: "button" };
    this.#item.command = COMMAND_OF[view.action];
    this.#item.backgroundColor =
      view.tone === "warning" ? new ThemeColor("statusBarItem.warningBackground") : undefined;
    this.#item.show();
  }

  dispose(): void {
    this.#item.dispose();
  }
}
