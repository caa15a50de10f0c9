/** Goes from failure to failure, through all files and roots. */

import * as l10n from "@vscode/l10n";
import { Selection, Uri, commands, window, workspace, type TestItem, type TextEditor } from "vscode";

import { FAILURES, type FailurePlace } from "../client/protocol.generated";
import { HumanError } from "../platform/errors";
import { stopsFrom, stopsOf, type Cursor, type Direction, type Stop } from "../state/failureSteps";
import type { Server } from "../state/server";
import { toPosition } from "./convert";
import type { Explorer } from "./explorer";

const CONTROLLER_SEPARATOR = "\0";
const SAID_FOR = 5000;

/** Opens the failing line after, or before, the cursor, and shows why it failed as VS Code does. */
export async function goToFailure(server: Server, explorer: Explorer, direction: Direction): Promise<void> {
  const { failures } = await server.request(FAILURES, null);
  if (failures.length === 0) {
    say(`$(testing-passed-icon) ${l10n.t("No failed test to go to")}`);
    return;
  }
  const all = stopsOf(failures.map(asVsCodeSpells));
  const { stops, turn } = stopsFrom(all, cursorNow(), direction);
  for (const [index, stop] of stops.entries()) {
    const editor = await open(stop);
    // The file of a test that is remembered may be gone.
    if (editor === undefined) continue;
    say(`${wordsOf(stop, all)}${index < turn ? "" : turned(direction)}`);
    await peek(explorer, stop);
    // The peek goes to where the test failed then.
    editor.selection = selectionOf(stop);
    return;
  }
  throw new HumanError(l10n.t("None of the failed tests has a place in a file that is still there."));
}

/** The cursor's place has VS Code's spelling of a URI. */
function asVsCodeSpells(failure: FailurePlace): FailurePlace {
  const { location } = failure;
  if (location === null) return failure;
  return { ...failure, location: { ...location, uri: Uri.parse(location.uri, true).toString() } };
}

function cursorNow(): Cursor | null {
  const editor = window.activeTextEditor;
  return editor === undefined
    ? null
    : { uri: editor.document.uri.toString(), line: editor.selection.active.line };
}

async function open(stop: Stop): Promise<TextEditor | undefined> {
  try {
    const document = await workspace.openTextDocument(Uri.parse(stop.location.uri, true));
    return await window.showTextDocument(document, { selection: selectionOf(stop) });
  } catch {
    return undefined;
  }
}

function selectionOf({ location }: Stop): Selection {
  const start = toPosition(location.range.start);
  return new Selection(start, start);
}

/** Where the line is another one by now, what was said of it stands at its end. */
async function peek(explorer: Explorer, { failures }: Stop): Promise<void> {
  if (!explorer.isShown || failures.every(({ outdated }) => outdated)) return;
  for (const failure of failures) {
    const row = rowOf(explorer, failure);
    if (row === undefined) continue;
    // VS Code's own command, by which its gutter shows a failure; without a result it does nothing.
    const id = idForVsCode(row, explorer.controller.id);
    if ((await commands.executeCommand("vscode.peekTestError", id)) === true) return;
  }
}

function rowOf(explorer: Explorer, { root, id }: FailurePlace): TestItem | undefined {
  return explorer.tree(root)?.find(id);
}

/** How VS Code names a row in its own commands: the way to it from its controller. */
function idForVsCode(row: TestItem, controller: string): string {
  const way: string[] = [];
  for (let one: TestItem | undefined = row; one !== undefined; one = one.parent) way.unshift(one.id);
  return [controller, ...way].join(CONTROLLER_SEPARATOR);
}

function wordsOf(stop: Stop, all: readonly Stop[]): string {
  const [first] = stop.failures;
  const reason = first?.message ?? l10n.t("failed");
  return `$(testing-failed-icon) ${l10n.t("{0} of {1}", all.indexOf(stop) + 1, all.length)} · ${reason}`;
}

function turned(direction: Direction): string {
  return ` · ${direction === "next" ? l10n.t("from the first again") : l10n.t("from the last again")}`;
}

function say(text: string): void {
  window.setStatusBarMessage(text, SAID_FOR);
}
