/** How each kind of row of the Runs view looks. */

import * as l10n from "@vscode/l10n";
import { ThemeColor, ThemeIcon, TreeItem, TreeItemCollapsibleState } from "vscode";

import type { Outcome, PastRun, PastTest, Root, RunState } from "../client/protocol.generated";
import { countsOf, hasFailures, seconds, selectionOf, sentenceOf, summaryOf } from "../state/pastRuns";
import { grouped } from "../state/numbers";
import { countedOutcome, outcomeWord } from "../state/outcomes";
import { drawTest, type PanelTest } from "./testRows";

/** A row of the view. */
export type RunRow =
  | { readonly kind: "root"; readonly root: Root }
  | { readonly kind: "run"; readonly root: string; readonly run: PastRun }
  | {
      readonly kind: "group";
      readonly root: string;
      readonly run: PastRun;
      readonly outcome: Outcome;
      readonly count: number;
    }
  | { readonly kind: "test"; readonly run: PastRun; readonly told: PastTest; readonly test: PanelTest }
  | { readonly kind: "note"; readonly id: string; readonly text: string; readonly isProblem: boolean };

const { Collapsed, Expanded, None } = TreeItemCollapsibleState;

const ICONS: Readonly<Record<RunState, readonly [icon: string, color?: string]>> = {
  running: ["sync~spin"],
  passed: ["testing-passed-icon", "testing.iconPassed"],
  failed: ["testing-failed-icon", "testing.iconFailed"],
  interrupted: ["debug-stop", "list.warningForeground"],
  empty: ["circle-slash"],
};

/** `now` in seconds. */
export function drawRunRow(row: RunRow, now: number): TreeItem {
  switch (row.kind) {
    case "root":
      return make(row.root.name, Expanded, { id: row.root.uri, iconPath: ThemeIcon.Folder });
    case "run":
      return drawRun(row.root, row.run, now);
    case "group":
      return make(countedOutcome(row.outcome, grouped(row.count)), Collapsed, {
        id: `${row.root}=${row.run.id}.${row.outcome}`,
        contextValue: "pastGroup",
      });
    case "test":
      return drawPastTest(row);
    case "note":
      return make(row.text, None, {
        id: row.id,
        tooltip: row.text,
        iconPath: new ThemeIcon(row.isProblem ? "warning" : "info"),
      });
  }
}

function drawRun(root: string, run: PastRun, now: number): TreeItem {
  const [icon, color] = ICONS[run.state];
  const marks = [
    "pastRun",
    ...(hasFailures(run) ? ["failed"] : []),
    ...(run.command === null ? [] : ["command"]),
  ];
  return make(selectionOf(run), Collapsed, {
    id: `${root}=${run.id}`,
    description: summaryOf(run, now),
    tooltip: tooltipOf(run),
    iconPath: new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color)),
    contextValue: marks.join("."),
    accessibilityInformation: { label: sentenceOf(run, now) },
  });
}

function tooltipOf(run: PastRun): string {
  const when = run.when === null ? [] : [new Date(run.when * 1000).toLocaleString()];
  const words = [countsOf(run), run.duration === null ? "" : seconds(run.duration)];
  const told = words.filter((one) => one !== "").join(", ");
  const origins = {
    editor: l10n.t("Started in the editor"),
    terminal: l10n.t("Started in a terminal"),
    imported: run.source == null ? l10n.t("Imported") : l10n.t("Imported from {0}", run.source),
  };
  const command = run.command === null ? [] : [run.command];
  return [...when, ...(told === "" ? [] : [told]), origins[run.origin], ...command].join("\n");
}

function drawPastTest({ run, told, test }: RunRow & { readonly kind: "test" }): TreeItem {
  const words = told.message ?? "";
  const item = drawTest(test, told.outcome, words, outcomeWord(told.outcome));
  return Object.assign(item, { id: `${test.root}=${run.id}#${told.id}`, contextValue: "panelTest" });
}

function make(label: string, state: TreeItemCollapsibleState, look: Partial<TreeItem>): TreeItem {
  return Object.assign(new TreeItem(label, state), look);
}
