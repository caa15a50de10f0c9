/** Rows that stand for a test in the Recall panel. */

import * as l10n from "@vscode/l10n";
import {
  Range,
  ThemeColor,
  ThemeIcon,
  TreeItem,
  TreeItemCollapsibleState,
  Uri,
  window,
  workspace,
} from "vscode";

import type { Location, NamedTests, Outcome, Why } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import { fileOf, nameOf, stepsOf } from "../state/nodeIds";
import { COMMANDS } from "./commandIds";

/** A test of a root. */
export interface PanelTest {
  readonly root: string;
  readonly id: string;
  readonly location?: Location | null;
}

type Glyph = Outcome | Why;

const ICONS: Readonly<Partial<Record<Glyph, readonly [icon: string, color?: string]>>> = {
  failed: ["testing-failed-icon", "testing.iconFailed"],
  error: ["testing-error-icon", "testing.iconErrored"],
  passed: ["testing-passed-icon", "testing.iconPassed"],
  xfailed: ["testing-passed-icon", "testing.iconPassed"],
  xpassed: ["testing-passed-icon", "testing.iconPassed"],
  skipped: ["testing-skipped-icon", "testing.iconSkipped"],
  unfinished: ["history", "testing.iconQueued"],
  new: ["add"],
  goesOn: ["debug-step-over"],
};

/** `TestCart › test_total[2]`: what follows the file; of a file its name. */
function titleOf(id: string): string {
  const names = stepsOf(id).map(({ label }) => label);
  const last = names.at(-1);
  if (last === undefined) return nameOf(id);
  const [name = "", parameters] = last.startsWith("[") ? names.slice(-2) : [last];
  return `${name}${parameters ?? ""}`;
}

/** The row of a test: its name, beside it `words` and where it is. */
export function drawTest(test: PanelTest, glyph: Glyph, words: string, spoken: string): TreeItem {
  const { id, location } = test;
  const [icon, color] = ICONS[glyph] ?? ["testing-unset-icon"];
  const title = titleOf(id);
  const file = fileOf(id);
  const place = location == null ? file : l10n.t("{0}, line {1}", file, location.range.start.line + 1);
  return Object.assign(new TreeItem(title, TreeItemCollapsibleState.None), {
    description: [words, nameOf(file)].filter((one) => one !== "").join(" · "),
    tooltip: [id, place, ...(words === "" ? [] : [words])].join("\n"),
    iconPath: new ThemeIcon(icon, color === undefined ? undefined : new ThemeColor(color)),
    accessibilityInformation: { label: [spoken, title, words, file].filter((one) => one !== "").join(", ") },
    command: { command: COMMANDS.openTest, title: l10n.t("Open Test"), arguments: [test] },
  });
}

/** The tests that a row stands for. */
export function testsOfRow(row: unknown): NamedTests {
  const test = testOfRow(row);
  return { root: test.root, ids: [test.id] };
}

/** The test that a row stands for; rows come from the panel, but anybody may call a command with anything. */
export function testOfRow(row: unknown): PanelTest {
  if (typeof row === "object" && row !== null) {
    if ("test" in row) return testOfRow(row.test);
    if ("root" in row && "id" in row && typeof row.root === "string" && typeof row.id === "string")
      return row as PanelTest;
  }
  throw new HumanError(l10n.t("This command needs a test: choose one in the Recall panel."));
}

/** Opens a test at its definition, or its file where that is not known. */
export async function openTest(row: unknown): Promise<void> {
  const { root, id, location } = testOfRow(row);
  const uri =
    location == null ? Uri.joinPath(Uri.parse(root, true), fileOf(id)) : Uri.parse(location.uri, true);
  const line = location?.range.start.line ?? 0;
  try {
    const document = await workspace.openTextDocument(uri);
    await window.showTextDocument(document, { selection: new Range(line, 0, line, 0), preview: true });
  } catch {
    throw new HumanError(l10n.t("{0} cannot be opened: it may have been moved or removed.", fileOf(id)));
  }
}
