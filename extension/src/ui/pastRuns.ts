/** The Runs view: the remembered runs, the newest first, each with its tests below it. */

import * as l10n from "@vscode/l10n";
import { EventEmitter, type ProviderResult, type TreeDataProvider, type TreeItem } from "vscode";

import { RUNS, RUN_TESTS, type Outcome, type PastRun, type Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import { grouped } from "../state/numbers";
import { AT_ONCE, groupsOf } from "../state/pastRuns";
import type { Server } from "../state/server";
import { drawRunRow, type RunRow } from "./pastRunRows";
import { Refreshing } from "./refreshing";

const MOST_RUNS = 100;
/** Of one outcome so many tests are shown. */
const MOST_TESTS = 1000;

export class PastRuns extends DisposableStore implements TreeDataProvider<RunRow> {
  readonly #server: Server;
  readonly #changed = this.add(new EventEmitter<RunRow | undefined>());
  readonly onDidChangeTreeData = this.#changed.event;
  readonly refreshing = this.add(
    new Refreshing(() => {
      this.#changed.fire(undefined);
    }),
  );
  #roots: readonly Root[] = [];

  constructor(server: Server) {
    super();
    this.#server = server;
  }

  setRoots(roots: readonly Root[]): void {
    this.#roots = roots;
    this.#changed.fire(undefined);
  }

  getTreeItem(row: RunRow): TreeItem {
    return drawRunRow(row, Date.now() / 1000);
  }

  getChildren(row?: RunRow): ProviderResult<RunRow[]> {
    switch (row?.kind) {
      case undefined:
        return this.#top();
      case "root":
        return this.#runsOf(row.root.uri);
      case "run":
        return this.#worstOf(row.root, row.run);
      case "group":
        return this.#testsOf(row.root, row.run, [row.outcome]);
      case "test":
      case "note":
        return [];
    }
  }

  #top(): ProviderResult<RunRow[]> {
    const [only, ...others] = this.#roots;
    if (only === undefined) return [];
    return others.length === 0 ? this.#runsOf(only.uri) : this.#roots.map((root) => ({ kind: "root", root }));
  }

  async #runsOf(root: string): Promise<RunRow[]> {
    try {
      const asked = this.#server.request(RUNS, { root, limit: MOST_RUNS });
      const { runs } = await this.refreshing.during(asked);
      return runs.map((run) => ({ kind: "run", root, run }));
    } catch (error) {
      return [{ kind: "note", id: `${root}!`, text: messageOf(error), isProblem: true }];
    }
  }

  /** What failed or did not finish stands first; the rest waits below its outcome. */
  async #worstOf(root: string, run: PastRun): Promise<RunRow[]> {
    const groups = groupsOf(run).map((group): RunRow => ({ kind: "group", root, run, ...group }));
    const rows = [...(await this.#testsOf(root, run, AT_ONCE)), ...groups];
    if (rows.length > 0) return rows;
    return [
      {
        kind: "note",
        id: `${root}!${run.id}`,
        text: l10n.t("No test has ended in this run."),
        isProblem: false,
      },
    ];
  }

  async #testsOf(root: string, run: PastRun, outcomes: readonly Outcome[]): Promise<RunRow[]> {
    const id = `${root}!${run.id}.${outcomes.join()}`;
    try {
      const params = { root, run: run.id, outcomes, limit: MOST_TESTS };
      const { tests, total } = await this.#server.request(RUN_TESTS, params);
      const rows = tests.map((told): RunRow => ({ kind: "test", run, told, test: { root, ...told } }));
      const rest = total - tests.length;
      if (rest === 0) return rows;
      const text = l10n.t("… and {0} more", grouped(rest));
      return [...rows, { kind: "note", id: `${id}…`, text, isProblem: false }];
    } catch (error) {
      return [{ kind: "note", id, text: messageOf(error), isProblem: true }];
    }
  }
}
