/** What the commands of the Recall panel do. */

import * as l10n from "@vscode/l10n";
import { commands, env, window } from "vscode";

import type { NamedTests, Root } from "../client/protocol.generated";
import type { Server } from "../state/server";
import type { UpNextMode } from "../state/upNext";
import { copyCacheKey, copyCacheValue, openCacheValue } from "./cacheCommands";
import type { Actions } from "./commands";
import type { Panel } from "./panel";
import { copyRunCommand, failuresOfRun } from "./pastRunCommands";
import { clearCache, deleteKey, forgetFailure, pruneCache, undoLast } from "./removals";
import { openTest, testOfRow, testsOfRow } from "./testRows";

/** What the panel asks of its owner. */
export interface PanelWishes {
  readonly roots: () => readonly Root[];
  readonly runNamed: (tests: NamedTests) => Promise<void>;
  readonly debugNamed: (tests: NamedTests) => Promise<void>;
  readonly runMode: (mode: UpNextMode) => Promise<void>;
}

type PanelAction =
  | "selectUpNext"
  | "runUpNext"
  | "showMoreUpNext"
  | "runRow"
  | "debugRow"
  | "openTest"
  | "copyTestId"
  | "rerunRunFailures"
  | "copyRunCommand"
  | "openRunReport"
  | "clearCache"
  | "refreshCache"
  | "openCacheValue"
  | "filterCache"
  | "clearCacheFilter"
  | "copyCacheKey"
  | "copyCacheValue"
  | "deleteCacheKey"
  | "forgetFailure"
  | "pruneCache"
  | "undoCacheChange"
  | "showUpNext"
  | "showRuns"
  | "showCache";

export function panelActions(panel: Panel, server: Server, wishes: PanelWishes): Pick<Actions, PanelAction> {
  const { upNext, reports, cache } = panel;
  const inCache = (row: unknown): unknown => panel.rowOf(row, "cache");
  const inRuns = (row: unknown): unknown => panel.rowOf(row, "runs");
  const test = (row: unknown): unknown => panel.rowOf(row, "upNext");
  return {
    selectUpNext: () => upNext.selectMode(),
    runUpNext: () => wishes.runMode(upNext.mode.kind),
    showMoreUpNext: (root) => {
      upNext.showMore(root);
    },
    runRow: (row) => wishes.runNamed(testsOfRow(test(row))),
    debugRow: (row) => wishes.debugNamed(testsOfRow(test(row))),
    openTest: (row) => openTest(test(row)),
    copyTestId: async (row) => {
      await env.clipboard.writeText(testOfRow(test(row)).id);
      window.setStatusBarMessage(`$(clippy) ${l10n.t("The node id is copied")}`, 5000);
    },
    rerunRunFailures: async (row) => wishes.runNamed(await failuresOfRun(server, inRuns(row))),
    copyRunCommand: (row) => copyRunCommand(inRuns(row)),
    openRunReport: (row) => reports.show(inRuns(row)),
    clearCache: (row) => clearCache(server, wishes.roots(), row),
    refreshCache: () => {
      panel.cacheChanged();
    },
    openCacheValue: (row) => openCacheValue(inCache(row)),
    filterCache: () => cache.chooseFilter(),
    clearCacheFilter: () => {
      cache.setFilter("");
    },
    copyCacheKey: (row) => copyCacheKey(inCache(row)),
    copyCacheValue: (row) => copyCacheValue(server, inCache(row)),
    deleteCacheKey: (row) => deleteKey(server, inCache(row)),
    forgetFailure: (row) => forgetFailure(server, inCache(row)),
    pruneCache: (row) => pruneCache(server, wishes.roots(), row),
    undoCacheChange: (row) => undoLast(server, wishes.roots(), row),
    showUpNext: () => focus("upNext"),
    showRuns: () => focus("runs"),
    showCache: () => focus("cache"),
  };
}

async function focus(view: string): Promise<void> {
  await commands.executeCommand(`pytestRecall.${view}.focus`);
}
