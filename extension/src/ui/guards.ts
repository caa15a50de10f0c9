/** What each command needs, and what is said to people where it is not there. */

import * as l10n from "@vscode/l10n";
import { workspace } from "vscode";

import { HumanError } from "../platform/errors";
import { readEnabled, readTestExplorer } from "../platform/settings";
import type { COMMANDS } from "./commandIds";
import { tellUntrusted } from "./interpreterProblems";

/** Each is looked at after the one before it. */
type Need = "enabled" | "trust" | "server" | "tests" | "explorer" | "run";

export type CommandName = keyof typeof COMMANDS;

/** What there is now. */
export interface Facts {
  readonly isServerRunning: boolean;
  /** Number of roots. */
  readonly roots: number;
  /** Number of runs that were started here, those that wait included. */
  readonly runs: number;
}

const TO_SEE: readonly Need[] = ["enabled", "server", "tests"];
const TO_RUN: readonly Need[] = ["enabled", "trust", "server", "tests"];

/** Commands whose needs depend on what they are called with look for themselves. */
const NEEDS: Readonly<Record<CommandName, readonly Need[]>> = {
  rerunLastFailed: TO_RUN,
  rerunOutstanding: TO_RUN,
  debugLastFailed: TO_RUN,
  runFailedFirst: TO_RUN,
  runNewFirst: TO_RUN,
  rerunTests: TO_RUN,
  debugTests: TO_RUN,
  copyFailure: TO_SEE,
  goToNextFailure: TO_SEE,
  goToPreviousFailure: TO_SEE,
  stepwiseStart: TO_RUN,
  stepwiseSkip: TO_RUN,
  stepwiseReset: TO_RUN,
  stepwiseStop: ["enabled"],
  stepwiseShow: TO_SEE,
  cancelRun: ["enabled", "run"],
  toggleRunOnSave: [...TO_RUN, "explorer"],
  runWithCoverage: TO_RUN,
  copyCommandLine: ["enabled"],
  collectTests: TO_RUN,
  importFailures: TO_SEE,
  repairCache: TO_SEE,
  clearCache: TO_SEE,
  refreshCache: TO_SEE,
  openCacheValue: TO_SEE,
  filterCache: TO_SEE,
  clearCacheFilter: TO_SEE,
  copyCacheKey: TO_SEE,
  copyCacheValue: TO_SEE,
  deleteCacheKey: TO_SEE,
  forgetFailure: TO_SEE,
  pruneCache: TO_SEE,
  undoCacheChange: TO_SEE,
  selectUpNext: TO_SEE,
  runUpNext: TO_RUN,
  showMoreUpNext: TO_SEE,
  runRow: TO_RUN,
  debugRow: TO_RUN,
  openTest: TO_SEE,
  copyTestId: TO_SEE,
  rerunRunFailures: TO_RUN,
  copyRunCommand: TO_SEE,
  openRunReport: TO_SEE,
  showUpNext: ["enabled"],
  showRuns: ["enabled"],
  showCache: ["enabled"],
  selectInterpreter: ["enabled"],
  restartServer: ["enabled"],
  showLog: [],
  copyDebugInfo: [],
};

/** Returns whether the command may go on; else people have been told why not, or it throws what is to be told. */
export async function mayRun(name: CommandName, facts: Facts): Promise<boolean> {
  for (const need of NEEDS[name]) {
    if (isMet(need, facts)) continue;
    if (need !== "trust") throw new HumanError(SENTENCES[need]);
    await tellUntrusted();
    return false;
  }
  return true;
}

const SENTENCES: Readonly<Record<Exclude<Need, "trust">, string>> = {
  enabled: l10n.t("Pytest Recall is switched off here: the setting “pytestRecall.enabled” switches it on."),
  server: l10n.t("The Pytest Recall server is not running yet."),
  tests: l10n.t("There are no pytest tests in this window."),
  explorer: l10n.t(
    "Tests run on save by VS Code's Test Explorer, and ours are not in it: the setting “pytestRecall.testExplorer” brings them back.",
  ),
  run: l10n.t("No run that was started here is under way."),
};

function isMet(need: Need, { isServerRunning, roots, runs }: Facts): boolean {
  switch (need) {
    case "enabled":
      return readEnabled();
    case "trust":
      return workspace.isTrusted;
    case "server":
      return isServerRunning;
    case "tests":
      return roots > 0;
    case "explorer":
      return readTestExplorer();
    case "run":
      return runs > 0;
  }
}
