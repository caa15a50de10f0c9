/** Draws failing lines, new tests, unfinished and skipped ones in the editors. */

import {
  MarkdownString,
  OverviewRulerLane,
  Range,
  ThemeColor,
  Uri,
  window,
  type DecorationOptions,
  type TextEditor,
  type TextEditorDecorationType,
} from "vscode";

import type { DefMarker, FailureMarker, MarkersParams, SkipMarker } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { roomFor } from "../state/badge";
import { failureHover, failureText, fitsDocument, oneLine } from "../state/markerText";
import { toPosition } from "./convert";

const GAP = "0 0 0 2em";

/** Dim, and still readable in every theme. */
const DIM = "descriptionForeground";

type Drawn = Pick<MarkersParams, "failures" | "new" | "unfinished" | "skipped">;

const NOTHING: Drawn = { failures: [], new: [], unfinished: [] };

/** What VS Code's own badge may say at the line where these tests failed. */
type BadgeOf = (ids: readonly string[]) => string | undefined;

export class Markers extends DisposableStore {
  readonly #failure: TextEditorDecorationType;
  readonly #outdated: TextEditorDecorationType;
  readonly #new: TextEditorDecorationType;
  readonly #unfinished: TextEditorDecorationType;
  readonly #skipped: TextEditorDecorationType;
  readonly #badgeOf: BadgeOf;
  /** By URI: the newest word on each open document. */
  readonly #latest = new Map<string, MarkersParams>();

  /** `media` is the folder of the icons. */
  constructor(media: Uri, badgeOf: BadgeOf) {
    super();
    this.#badgeOf = badgeOf;
    this.#failure = this.add(failureType(media));
    this.#outdated = this.add(outdatedType(media));
    this.#new = this.add(wordType("new"));
    this.#unfinished = this.add(wordType("unfinished"));
    this.#skipped = this.add(wordType(""));
    this.add(
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) this.#draw(editor);
      }),
    );
  }

  show(markers: MarkersParams): void {
    // One key for all spellings of a URI.
    const key = Uri.parse(markers.uri, true).toString();
    const known = this.#latest.get(key);
    if (known !== undefined && known.version > markers.version) return;
    this.#latest.set(key, markers);
    for (const editor of window.visibleTextEditors) {
      if (editor.document.uri.toString() === key) this.#draw(editor);
    }
  }

  /** The document is closed: its versions begin anew when it is opened again. */
  forget(uri: Uri): void {
    this.#latest.delete(uri.toString());
  }

  /** A new server sends its own. */
  clear(): void {
    this.#latest.clear();
    for (const editor of window.visibleTextEditors) this.#set(editor, NOTHING);
  }

  #draw(editor: TextEditor): void {
    const markers = this.#latest.get(editor.document.uri.toString());
    if (markers !== undefined && fitsDocument(markers, editor.document.version)) this.#set(editor, markers);
  }

  #set(editor: TextEditor, { failures, new: fresh, unfinished, skipped = [] }: Drawn): void {
    const optionsOf = (outdated: boolean): DecorationOptions[] =>
      failures
        .filter((one) => one.outdated === outdated)
        .map((one) => failureOptions(one, this.#badgeOf(one.ids)));
    editor.setDecorations(this.#failure, optionsOf(false));
    editor.setDecorations(this.#outdated, optionsOf(true));
    editor.setDecorations(this.#new, fresh.map(wordOptions));
    editor.setDecorations(this.#unfinished, unfinished.map(wordOptions));
    editor.setDecorations(this.#skipped, skipped.map(skipOptions));
  }
}

function failureOptions(marker: FailureMarker, badge: string | undefined): DecorationOptions {
  // VS Code takes its badge away when the test is edited.
  const gap = badge === undefined || marker.outdated ? GAP : `0 0 0 ${String(roomFor(badge))}px`;
  return {
    range: endOf(marker.range),
    hoverMessage: new MarkdownString(failureHover(marker)),
    renderOptions: { after: { contentText: failureText(marker), margin: gap } },
  };
}

function wordOptions({ range }: DefMarker): DecorationOptions {
  return { range: endOf(range) };
}

function skipOptions({ range, message }: SkipMarker): DecorationOptions {
  return { range: endOf(range), renderOptions: { after: { contentText: oneLine(message) } } };
}

/** Text that is drawn after a range stands at its end, so the range is the end of the line. */
function endOf(range: DefMarker["range"]): Range {
  const end = toPosition(range.end);
  return new Range(end, end);
}

function failureType(media: Uri): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    after: { color: new ThemeColor("editorError.foreground"), margin: GAP },
    gutterIconSize: "contain",
    overviewRulerColor: new ThemeColor("editorOverviewRuler.errorForeground"),
    overviewRulerLane: OverviewRulerLane.Right,
    ...icons(media, "failure"),
  });
}

function outdatedType(media: Uri): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    after: { color: new ThemeColor(DIM), margin: GAP, fontStyle: "italic" },
    gutterIconSize: "contain",
    ...icons(media, "outdated"),
  });
}

function wordType(word: string): TextEditorDecorationType {
  return window.createTextEditorDecorationType({
    after: { color: new ThemeColor(DIM), margin: GAP, fontStyle: "italic", contentText: word },
  });
}

function icons(media: Uri, name: string): Pick<import("vscode").DecorationRenderOptions, "light" | "dark"> {
  const icon = (theme: string): { gutterIconPath: Uri } => ({
    gutterIconPath: Uri.joinPath(media, `${name}-${theme}.svg`),
  });
  return { light: icon("light"), dark: icon("dark") };
}
