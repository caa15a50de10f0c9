/** Which of the surfaces of standard LSP people want to see. */

import { workspace, type Disposable, type Uri } from "vscode";

const SECTION = "pytestRecall";
const SURFACES = ["codeLens", "hover", "codeActions", "diagnostics"] as const;

export type Surface = (typeof SURFACES)[number];

export function showsSurface(surface: Surface, uri: Uri): boolean {
  return workspace.getConfiguration(SECTION, uri).get(surface, true);
}

export function onDidChangeSurfaces(listener: () => void): Disposable {
  return workspace.onDidChangeConfiguration((event) => {
    if (SURFACES.some((one) => event.affectsConfiguration(`${SECTION}.${one}`))) listener();
  });
}
