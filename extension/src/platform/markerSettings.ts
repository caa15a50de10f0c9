/** What people want to see of the markers. */

import { workspace, type Disposable } from "vscode";

import { partsOf, type MarkerParts } from "../state/markerParts";

const SECTION = "pytestRecall";
const MARKERS = "markers";
const TRACES = "markTracebacks";

export function readMarkerParts(): MarkerParts {
  const section = workspace.getConfiguration(SECTION);
  return partsOf(section.get(MARKERS, "all"), section.get(TRACES, true));
}

export function onDidChangeMarkerParts(listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((event) => {
    if ([MARKERS, TRACES].some((one) => event.affectsConfiguration(`${SECTION}.${one}`))) listener();
  });
}
