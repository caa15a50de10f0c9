/** The places for which an interpreter is chosen: each root has its own. */

import * as path from "node:path";

import { Uri, workspace, type WorkspaceFolder } from "vscode";

export interface Place {
  /** URI of the root; null for the folder that counts where nothing is known of a root. */
  readonly root: string | null;
  /** For people. */
  readonly name: string;
  /** Where pytest is invoked; undefined without any folder. */
  readonly uri: Uri | undefined;
  /** The workspace folder that it lies in, or is. */
  readonly folder: WorkspaceFolder | undefined;
}

export function placeOfRoot({
  uri,
  name,
  folder,
}: Readonly<Record<"uri" | "name" | "folder", string>>): Place {
  const invoked = Uri.parse(folder, true);
  return { root: uri, name, uri: invoked, folder: workspace.getWorkspaceFolder(invoked) };
}

export function placeOfFolder(folder: WorkspaceFolder | undefined): Place {
  return { root: null, name: folder?.name ?? "", uri: folder?.uri, folder };
}

/** The way from the workspace folder to a place in it, with `/`; empty for the folder itself. */
export function wayTo({ uri, folder }: Place): string {
  if (uri === undefined || folder === undefined) return "";
  return path.relative(folder.uri.fsPath, uri.fsPath).split(path.sep).join("/");
}

/** The folders above a place, nearest first, up to its workspace folder. */
export function foldersAbove(place: Place): readonly string[] {
  const start = place.uri?.fsPath ?? "";
  const names = wayTo(place).split("/");
  return wayTo(place) === "" ? [] : names.map((_, index) => path.resolve(start, ...up(index + 1)));
}

function up(times: number): readonly string[] {
  return Array.from({ length: times }, () => "..");
}
