/** How markers look: colours of the theme, shapes of icons, places along the scroll bar. */

import {
  OverviewRulerLane,
  ThemeColor,
  Uri,
  window,
  type DecorationRenderOptions,
  type TextEditorDecorationType,
} from "vscode";

import { DisposableStore } from "../platform/disposables";
import type { MarkerParts } from "../state/markerParts";

/** What keeps a text clear of the end of its line. */
export const GAP = "0 0 0 2em";

/** Dim, and still readable in every theme. */
const DIM = "descriptionForeground";

const LOOKS = {
  failure: { color: "editorError.foreground", ruler: "editorOverviewRuler.errorForeground", icon: true },
  outdated: { color: DIM, ruler: DIM, icon: true },
  word: { color: DIM, ruler: null, icon: false },
  trace: { color: "pytestRecall.tracebackForeground", ruler: "pytestRecall.tracebackRuler", icon: true },
} as const;

export type Look = keyof typeof LOOKS;

/** The looks as VS Code knows them; it tells no look from another by its colour alone. */
export class MarkerLooks extends DisposableStore {
  readonly #types = new Map<Look, TextEditorDecorationType>();

  /** `media` is the folder of the icons. */
  constructor(media: Uri, parts: MarkerParts) {
    super();
    for (const look of Object.keys(LOOKS) as Look[]) {
      const options = { ...(parts.text ? textOf(look) : {}), ...(parts.icons ? iconOf(look, media) : {}) };
      this.#types.set(look, this.add(window.createTextEditorDecorationType(options)));
    }
  }

  type(look: Look): TextEditorDecorationType {
    const type = this.#types.get(look);
    if (type === undefined) throw new Error(`There is no look ${look}.`);
    return type;
  }
}

function textOf(look: Look): DecorationRenderOptions {
  const color = new ThemeColor(LOOKS[look].color);
  return { after: { color, margin: GAP, ...(look === "failure" ? {} : { fontStyle: "italic" }) } };
}

function iconOf(look: Look, media: Uri): DecorationRenderOptions {
  const { ruler, icon } = LOOKS[look];
  if (!icon) return {};
  const themed = (theme: string): { gutterIconPath: Uri } => ({
    gutterIconPath: Uri.joinPath(media, `${look}-${theme}.svg`),
  });
  return {
    gutterIconSize: "contain",
    overviewRulerColor: new ThemeColor(ruler),
    overviewRulerLane: look === "trace" ? OverviewRulerLane.Center : OverviewRulerLane.Right,
    light: themed("light"),
    dark: themed("dark"),
  };
}
