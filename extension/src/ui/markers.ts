/** Draws failing lines, what there is to say of tests, and the ways of tracebacks in the editors. */

import * as l10n from "@vscode/l10n";
import { MarkdownString, Range, Uri, window, type DecorationOptions, type TextEditor } from "vscode";

import type { DefMarker, FailureMarker, MarkersParams, TraceMarker } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { onDidChangeMarkerParts, readMarkerParts } from "../platform/markerSettings";
import { roomFor } from "../state/badge";
import type { MarkerParts } from "../state/markerParts";
import {
  failedText,
  failureHover,
  failureText,
  fitsDocument,
  isOutdated,
  oneLine,
  traceHover,
  traceText,
} from "../state/markerText";
import { toPosition, toRange } from "./convert";
import { GAP, MarkerLooks, type Look } from "./markerLooks";

type Drawn = Omit<MarkersParams, "uri" | "version">;

const NOTHING: Drawn = { failures: [], new: [], unfinished: [] };

/** What VS Code's own badge may say at the line where these tests failed. */
type BadgeOf = (ids: readonly string[]) => string | undefined;

export class Markers extends DisposableStore {
  readonly #media: Uri;
  readonly #badgeOf: BadgeOf;
  #parts: MarkerParts;
  #looks: MarkerLooks;
  /** By URI: the newest word on each open document. */
  readonly #latest = new Map<string, MarkersParams>();
  /** What editors show at all: drawing nothing where nothing is would be a message each time. */
  readonly #filled = new WeakMap<TextEditor, Set<Look>>();

  /** `media` is the folder of the icons. */
  constructor(media: Uri, badgeOf: BadgeOf) {
    super();
    this.#media = media;
    this.#badgeOf = badgeOf;
    this.#parts = readMarkerParts();
    this.#looks = new MarkerLooks(media, this.#parts);
    this.add(
      onDidChangeMarkerParts(() => {
        this.#change();
      }),
    );
    this.add(
      window.onDidChangeVisibleTextEditors((editors) => {
        for (const editor of editors) this.#draw(editor);
      }),
    );
  }

  override dispose(): void {
    super.dispose();
    this.#looks.dispose();
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

  /** People want to see something else: all is drawn anew, with other looks. */
  #change(): void {
    this.#looks.dispose();
    this.#parts = readMarkerParts();
    this.#looks = new MarkerLooks(this.#media, this.#parts);
    for (const editor of window.visibleTextEditors) {
      this.#filled.delete(editor);
      this.#draw(editor);
    }
  }

  #draw(editor: TextEditor): void {
    const markers = this.#latest.get(editor.document.uri.toString());
    if (markers !== undefined && fitsDocument(markers, editor.document.version)) this.#set(editor, markers);
  }

  #set(editor: TextEditor, drawn: Drawn): void {
    const { icons, text, traces } = this.#parts;
    const lines = icons || text ? drawn.failures : [];
    const failures = (outdated: boolean): DecorationOptions[] =>
      lines.filter((one) => isOutdated(one) === outdated).map((one) => this.#failure(one));
    this.#put(editor, "failure", failures(false));
    this.#put(editor, "outdated", failures(true));
    this.#put(editor, "word", text ? words(drawn) : []);
    this.#put(editor, "trace", traces ? (drawn.traces ?? []).map((one) => this.#trace(one)) : []);
  }

  #put(editor: TextEditor, look: Look, options: DecorationOptions[]): void {
    const filled = this.#filled.get(editor) ?? new Set();
    this.#filled.set(editor, filled);
    if (options.length === 0 && !filled.delete(look)) return;
    if (options.length > 0) filled.add(look);
    editor.setDecorations(this.#looks.type(look), options);
  }

  #failure(marker: FailureMarker): DecorationOptions {
    const badge = this.#badgeOf(marker.ids);
    // VS Code takes its badge away when the test is edited.
    const gap = badge === undefined || isOutdated(marker) ? GAP : `0 0 0 ${String(roomFor(badge))}px`;
    return {
      range: endOf(marker.range),
      hoverMessage: new MarkdownString(failureHover(marker)),
      ...(this.#parts.text ? behind(failureText(marker), gap) : {}),
    };
  }

  #trace(marker: TraceMarker): DecorationOptions {
    return {
      range: this.#parts.text ? endOf(marker.range) : toRange(marker.range),
      hoverMessage: new MarkdownString(traceHover(marker)),
      ...(this.#parts.text ? behind(traceText(marker), GAP) : {}),
    };
  }
}

/** The phrases of `def` lines: the server says one thing of each. */
function words(drawn: Drawn): DecorationOptions[] {
  const said = (markers: readonly DefMarker[] | undefined, text: string): DecorationOptions[] =>
    (markers ?? []).map((one) => word(one, text));
  return [
    ...said(drawn.unfinished, l10n.t("unfinished")),
    ...said(drawn.outdated, l10n.t("outdated")),
    ...(drawn.failed ?? []).map((one) => word(one, failedText(one))),
    ...said(drawn.new, l10n.t("new")),
    ...(drawn.skipped ?? []).map((one) => word(one, oneLine(one.message))),
  ];
}

function word({ range }: Pick<DefMarker, "range">, text: string): DecorationOptions {
  return { range: endOf(range), ...behind(text, GAP) };
}

function behind(contentText: string, margin: string): Pick<DecorationOptions, "renderOptions"> {
  return { renderOptions: { after: { contentText, margin } } };
}

/** Text that is drawn after a range stands at its end, so the range is the end of the line. */
function endOf(range: DefMarker["range"]): Range {
  const end = toPosition(range.end);
  return new Range(end, end);
}
