/** The run profiles of the Test Explorer. */

import {
  TestRunProfileKind,
  TestRunRequest,
  type CancellationToken,
  type TestController,
  type TestRunProfile,
} from "vscode";

import type { Selection } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import type { Explorer } from "./explorer";
import { ORDERS, orderedSelection, type Order } from "./orders";
import { DEBUG_LAST_FAILED, LAST_FAILED, OUTSTANDING, type Rerun } from "./reruns";
import type { Part, Runs } from "./runs";

/** What the profiles ask of their owner. */
export interface RunWishes {
  /** The roots in which there is something to rerun. */
  readonly rootsOf: (rerun: Rerun) => readonly string[];
  /** Say that there is nothing to rerun. */
  readonly tellNothing: (rerun: Rerun) => void;
  /** Awaited before each run. */
  readonly prepare: () => Promise<void>;
}

export class Profiles extends DisposableStore {
  readonly #explorer: Explorer;
  readonly #runs: Runs;
  readonly #wishes: RunWishes;
  readonly #debugLastFailed: TestRunProfile;

  constructor(explorer: Explorer, runs: Runs, wishes: RunWishes) {
    super();
    this.#wishes = wishes;
    this.#explorer = explorer;
    this.#runs = runs;
    this.#create(explorer.controller, "Run", true, (request) => this.#chosenParts(request));
    this.#create(
      explorer.controller,
      "Debug",
      true,
      (request) => this.#chosenParts(request).map((part) => ({ ...part, debug: "breakpoints" })),
      TestRunProfileKind.Debug,
    );
    for (const rerun of [LAST_FAILED, OUTSTANDING]) this.#createRerun(rerun);
    this.#debugLastFailed = this.#createRerun(DEBUG_LAST_FAILED, TestRunProfileKind.Debug);
    for (const order of ORDERS) {
      this.#create(explorer.controller, order.label, false, (request) => this.#orderedParts(order, request));
    }
  }

  /** Runs all tests of all roots in that order. */
  async run(order: Order): Promise<void> {
    const request = new TestRunRequest();
    await this.#wishes.prepare();
    const parts = this.#orderedParts(order, request);
    if (parts.length > 0) await this.#runs.run(request, order.label, parts);
  }

  /** Reruns in all roots that have something to rerun. */
  async rerun(rerun: Rerun): Promise<void> {
    const roots = this.#wishes.rootsOf(rerun);
    if (roots.length === 0) {
      this.#wishes.tellNothing(rerun);
      return;
    }
    const rows = roots.flatMap((root) => {
      const tree = this.#explorer.tree(root);
      return tree === undefined ? [] : rerun.rowsOf(tree);
    });
    const parts = roots.map((root): Part => partOf(rerun, root, { kind: rerun.kind }));
    await this.#wishes.prepare();
    // A debugger that is restarted runs the profile again.
    const profile = rerun.debug === undefined ? undefined : this.#debugLastFailed;
    const request = new TestRunRequest(rows.length > 0 ? rows : undefined, undefined, profile);
    await this.#runs.run(request, rerun.label, parts);
  }

  #createRerun(rerun: Rerun, kind?: TestRunProfileKind): TestRunProfile {
    const partsOf = (request: TestRunRequest): readonly Part[] => {
      const parts = this.#rememberedParts(rerun, request);
      if (parts.length === 0) this.#wishes.tellNothing(rerun);
      return parts;
    };
    return this.#create(this.#explorer.controller, rerun.label, false, partsOf, kind);
  }

  #create(
    controller: TestController,
    label: string,
    isDefault: boolean,
    partsOf: (request: TestRunRequest) => readonly Part[],
    kind = TestRunProfileKind.Run,
  ): TestRunProfile {
    const handler = async (request: TestRunRequest, token: CancellationToken): Promise<void> => {
      await this.#wishes.prepare();
      const parts = partsOf(request);
      if (parts.length > 0) await this.#runs.run(request, label, parts, token);
    };
    return this.add(controller.createRunProfile(label, kind, handler, isDefault));
  }

  #chosenParts({ include, exclude }: TestRunRequest): readonly Part[] {
    return this.#explorer
      .chosen(include, exclude)
      .map(({ root, ids, exclude: without }) => ({ root, selection: selectionOf(ids, without) }));
  }

  #orderedParts(order: Order, { include, exclude }: TestRunRequest): readonly Part[] {
    return this.#explorer
      .chosen(include, exclude)
      .map((chosen) => ({ root: chosen.root, selection: orderedSelection(order, chosen) }));
  }

  /** Chosen rows narrow what is rerun down to what is below them. */
  #rememberedParts(rerun: Rerun, { include, exclude }: TestRunRequest): readonly Part[] {
    return this.#explorer
      .chosen(include, exclude)
      .filter(({ root, ids }) => this.#holds(rerun, root, ids))
      .map(({ root, ids, exclude: without }) => {
        const narrowed = ids.includes("") ? [] : ids;
        return partOf(rerun, root, { kind: rerun.kind, ids: narrowed, exclude: without });
      });
  }

  #holds(rerun: Rerun, root: string, ids: readonly string[]): boolean {
    if (ids.includes("")) return this.#wishes.rootsOf(rerun).includes(root);
    const tree = this.#explorer.tree(root);
    return ids.some((id) => tree?.holds(id, { unfinished: rerun.kind === "outstanding" }) === true);
  }
}

function partOf({ debug }: Rerun, root: string, selection: Selection): Part {
  return debug === undefined ? { root, selection } : { root, selection, debug };
}

function selectionOf(ids: readonly string[], exclude: readonly string[]): Selection {
  return ids.includes("") ? { kind: "all", exclude } : { kind: "ids", ids, exclude };
}
