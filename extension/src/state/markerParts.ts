/** Which parts of the markers people want to see. */

export interface MarkerParts {
  /** Icons beside the lines, and where they are along the scroll bar. */
  readonly icons: boolean;
  /** Phrases behind the lines. */
  readonly text: boolean;
  /** Lines outside of tests that tracebacks go through are marked too. */
  readonly traces: boolean;
}

/** What of the markers is drawn; a mode that nobody knows is that of the default. */
export function partsOf(mode: unknown, traces: boolean): MarkerParts {
  return {
    icons: mode !== "text" && mode !== "off",
    text: mode !== "gutter" && mode !== "off",
    traces: traces && mode !== "off",
  };
}
