/** The run profiles of the Test Explorer. */

import {
  TestRunProfileKind,
  TestRunRequest,
  type CancellationToken,
  type TestController,
  type TestItem,
} from "vscode";

import type { Selection } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import type { Explorer } from "./explorer";
import type { Part, Runs } from "./runs";

const RERUN = "Rerun Last Failed";

export class Profiles extends DisposableStore {
  readonly #explorer: Explorer;
  readonly #runs: Runs;

  readonly #prepare: () => Promise<void>;

  /** `nothingFailed` says so; `prepare` is awaited before each run. */
  constructor(explorer: Explorer, runs: Runs, nothingFailed: () => void, prepare: () => Promise<void>) {
    super();
    this.#prepare = prepare;
    this.#explorer = explorer;
    this.#runs = runs;
    this.#create(explorer.controller, "Run", true, (request) => this.#chosenParts(request));
    this.#create(explorer.controller, RERUN, false, (request) => {
      const parts = this.#failedParts(request);
      if (parts.length === 0) nothingFailed();
      return parts;
    });
  }

  /** Runs what failed last, in all roots that have failures. */
  async rerunLastFailed(roots: readonly string[]): Promise<void> {
    const failed = roots.flatMap((root) => this.#explorer.tree(root)?.failed() ?? []);
    const parts = roots.map((root): Part => ({ root, selection: { kind: "lastFailed" } }));
    await this.#prepare();
    await this.#runs.run(new TestRunRequest(failed.length > 0 ? failed : undefined), RERUN, parts);
  }

  #create(
    controller: TestController,
    label: string,
    isDefault: boolean,
    partsOf: (request: TestRunRequest) => readonly Part[],
  ): void {
    const handler = async (request: TestRunRequest, token: CancellationToken): Promise<void> => {
      await this.#prepare();
      const parts = partsOf(request);
      if (parts.length > 0) await this.#runs.run(request, label, parts, token);
    };
    this.add(controller.createRunProfile(label, TestRunProfileKind.Run, handler, isDefault));
  }

  #chosenParts({ include, exclude }: TestRunRequest): readonly Part[] {
    return this.#explorer
      .chosen(include, exclude)
      .map(({ root, ids, exclude: without }) => ({ root, selection: selectionOf(ids, without) }));
  }

  /** Chosen rows narrow the failures down to those below them. */
  #failedParts({ include, exclude }: TestRunRequest): readonly Part[] {
    const isWhole = include === undefined && (exclude ?? []).length === 0;
    const parts = this.#explorer.chosen(include, exclude).map(({ root, ids, exclude: without }): Part => {
      const selection: Selection = isWhole
        ? { kind: "lastFailed" }
        : { kind: "ids", ids: this.#failedIds(root, ids), exclude: without };
      return { root, selection };
    });
    return parts.filter(
      ({ selection }) => selection.kind === "lastFailed" || (selection.ids ?? []).length > 0,
    );
  }

  #failedIds(root: string, ids: readonly string[]): readonly string[] {
    const tree = this.#explorer.tree(root);
    if (tree === undefined) return [];
    const rows = ids.flatMap((id): readonly TestItem[] => {
      const item = tree.find(id);
      return item === undefined ? tree.failed() : tree.leaves(item);
    });
    const failed = new Set(tree.failed());
    return [...new Set(rows)].filter((item) => failed.has(item)).map((item) => item.id);
  }
}

function selectionOf(ids: readonly string[], exclude: readonly string[]): Selection {
  return ids.includes("") ? { kind: "all", exclude } : { kind: "ids", ids, exclude };
}
