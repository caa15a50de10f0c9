/** The quick pick that chooses an interpreter. */

import * as path from "node:path";

import * as l10n from "@vscode/l10n";
import { window, type QuickPickItem } from "vscode";

import { startable, type Surroundings } from "../platform/interpreters";
import type { Place } from "../platform/places";
import { writeInterpreter } from "../platform/settings";
import { problemOf, type Candidate } from "../state/interpreters";

interface Pick extends QuickPickItem {
  /** Undefined: look for one on disk; empty: find one by itself. */
  readonly python: string | undefined;
}

/** Asks for one of several roots; the only one is taken without a question. */
export async function selectPlace(
  places: readonly Place[],
  pythonOf: (place: Place) => string,
): Promise<Place | undefined> {
  if (places.length < 2) return places[0];
  const rows = places.map((place) => ({ label: place.name, description: pythonOf(place), place }));
  const options = { title: l10n.t("Root whose tests it runs"), matchOnDescription: true };
  return (await window.showQuickPick(rows, options))?.place;
}

/** Asks for an interpreter and writes it into the settings of `place`; its change is noticed there. */
export async function selectInterpreter(around: Surroundings, place: Place): Promise<void> {
  const picked = await window.showQuickPick(picks(around), {
    title: l10n.t("Python that runs pytest"),
    placeHolder: placeHolder(around),
    matchOnDescription: true,
    matchOnDetail: true,
  });
  if (picked === undefined) return;
  const python = picked.python ?? (await browse(place));
  if (python !== undefined) await writeInterpreter(place, python);
}

function placeHolder({ setting, trusted }: Surroundings): string {
  const now = setting || l10n.t("found automatically");
  return trusted ? now : l10n.t("{0}; a Python in this folder is not started in Restricted Mode", now);
}

async function picks(around: Surroundings): Promise<Pick[]> {
  const candidates = await startable(around);
  const found = await Promise.all(candidates.map((candidate) => pickOf(candidate, around)));
  const automatic: Pick = {
    label: `$(sparkle) ${l10n.t("Find Automatically")}`,
    description: l10n.t("clears the setting"),
    python: "",
  };
  const other: Pick = { label: `$(folder-opened) ${l10n.t("Browse…")}`, python: undefined };
  return [...found, ...(around.setting === "" ? [] : [automatic]), other];
}

async function pickOf(candidate: Candidate, { folder, probe }: Surroundings): Promise<Pick> {
  const answer = await probe(candidate.path);
  const problem = problemOf(candidate, answer);
  const version = answer.kind === "python" ? `Python ${answer.version.join(".")}` : "Python";
  const pytest =
    answer.kind === "python" && answer.pytest !== null ? `pytest ${answer.pytest}` : l10n.t("no pytest");
  return {
    label: `$(${problem === null ? "symbol-misc" : "warning"}) ${version}`,
    description: `${pytest} · ${shorten(candidate.path, folder)}`,
    ...(problem === null || problem.kind === "noPytest" ? {} : { detail: problem.text }),
    python: shorten(candidate.path, folder),
  };
}

/** Relative where it lies in the folder, so that the setting holds on other machines. */
function shorten(file: string, folder: string): string {
  const relative = path.relative(folder, file);
  return relative.startsWith("..") || path.isAbsolute(relative) ? file : relative;
}

async function browse({ uri }: Place): Promise<string | undefined> {
  const chosen = await window.showOpenDialog({
    title: l10n.t("Python that runs pytest"),
    openLabel: l10n.t("Select"),
    canSelectMany: false,
    ...(uri === undefined ? {} : { defaultUri: uri }),
  });
  const file = chosen?.[0];
  return file === undefined ? undefined : shorten(file.fsPath, uri?.fsPath ?? file.fsPath);
}
