/** What each command does, with the parts of the window that do it. */

import { TestRunRequest, type LogOutputChannel } from "vscode";

import type { Server } from "../state/server";
import type { UpNextMode } from "../state/upNext";
import { checkCache } from "./cacheCheck";
import { collectTests } from "./collecting";
import { copyCommandLine } from "./commandLine";
import type { Actions } from "./commands";
import { goToFailure } from "./failureSteps";
import { importFailures } from "./importing";
import { copyFailure, namedTestsOf } from "./namedTests";
import { FAILED_FIRST, NEW_FIRST } from "./orders";
import { panelActions } from "./panelActions";
import type { Profiles } from "./profiles";
import { DEBUG_LAST_FAILED, LAST_FAILED, OUTSTANDING } from "./reruns";
import type { Stepwise } from "./stepwise";
import type { Views } from "./views";

/** The parts, and what only their owner can do. */
export interface Parts {
  readonly server: Server;
  readonly views: Views;
  readonly stepwise: Stepwise;
  readonly log: LogOutputChannel;
  /** Does what needs run profiles, where there are any. */
  readonly run: (how: (profiles: Profiles) => Promise<void>) => Promise<void>;
  readonly toggleRunOnSave: () => Promise<void>;
  readonly selectInterpreter: () => Promise<void>;
  readonly restartServer: () => Promise<void>;
  readonly copyDebugInfo: () => Promise<void>;
}

export function actionsOf(parts: Parts): Actions {
  const { server, stepwise, run } = parts;
  const { explorer, panel, reports, runs } = parts.views;
  return {
    rerunLastFailed: () => run((profiles) => profiles.rerun(LAST_FAILED)),
    rerunOutstanding: () => run((profiles) => profiles.rerun(OUTSTANDING)),
    debugLastFailed: () => run((profiles) => profiles.rerun(DEBUG_LAST_FAILED)),
    runFailedFirst: () => run((profiles) => profiles.run(FAILED_FIRST)),
    runNewFirst: () => run((profiles) => profiles.run(NEW_FIRST)),
    rerunTests: (argument) => run((profiles) => profiles.runNamed(namedTestsOf(argument))),
    debugTests: (argument) => run((profiles) => profiles.debugNamed(namedTestsOf(argument))),
    goToNextFailure: () => goToFailure(server, explorer, "next"),
    goToPreviousFailure: () => goToFailure(server, explorer, "previous"),
    copyFailure: (argument) => copyFailure(server, namedTestsOf(argument)),
    stepwiseStart: (row) => run(() => stepwise.start(new TestRunRequest(stepwise.rowsOf(row)))),
    stepwiseSkip: () => stepwise.skip(),
    stepwiseReset: () => stepwise.reset(),
    stepwiseStop: () => stepwise.stop(),
    stepwiseShow: () => stepwise.show(),
    cancelRun: () => {
      runs.cancelAll();
    },
    toggleRunOnSave: parts.toggleRunOnSave,
    runWithCoverage: () => run((profiles) => profiles.runWithCoverage()),
    copyCommandLine: () => copyCommandLine(runs.lastCommandLine),
    collectTests: () => collectTests(server, explorer.roots),
    importFailures: () => importFailures(server, explorer.roots, reports),
    repairCache: (row) => checkCache(server, explorer.roots, reports, row),
    ...panelActions(panel, server, {
      roots: () => explorer.roots,
      runNamed: (tests) => run((profiles) => profiles.runNamed(tests)),
      debugNamed: (tests) => run((profiles) => profiles.debugNamed(tests)),
      runMode: (mode) => run((profiles) => runMode(mode, profiles, stepwise)),
    }),
    selectInterpreter: parts.selectInterpreter,
    restartServer: parts.restartServer,
    showLog: () => {
      parts.log.show();
    },
    copyDebugInfo: parts.copyDebugInfo,
  };
}

function runMode(mode: UpNextMode, profiles: Profiles, stepwise: Stepwise): Promise<void> {
  switch (mode) {
    case "lastFailed":
      return profiles.rerun(LAST_FAILED);
    case "outstanding":
      return profiles.rerun(OUTSTANDING);
    case "failedFirst":
      return profiles.run(FAILED_FIRST);
    case "newFirst":
      return profiles.run(NEW_FIRST);
    case "stepwise":
      return stepwise.start(new TestRunRequest());
  }
}
