/** The run profiles of the Test Explorer. */

import * as l10n from "@vscode/l10n";
import {
  TestRunProfileKind,
  TestRunRequest,
  type CancellationToken,
  type TestController,
  type TestRunProfile,
} from "vscode";

import type { CoverageMode, NamedTests, Selection } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import type { Server } from "../state/server";
import { tellLines } from "./coverage";
import type { Explorer } from "./explorer";
import { ORDERS, orderedSelection, type Order } from "./orders";
import { DEBUG_LAST_FAILED, LAST_FAILED, OUTSTANDING, type Rerun } from "./reruns";
import type { Part, Runs } from "./runs";
import { STEPWISE } from "./stepwise";

/** What the profiles ask of their owner. */
export interface RunWishes {
  /** The roots in which there is something to rerun. */
  readonly rootsOf: (rerun: Rerun) => readonly string[];
  /** Say that there is nothing to rerun. */
  readonly tellNothing: (rerun: Rerun) => void;
  /** Start stepwise for what was chosen; ends with its first stop. */
  readonly stepwise: (request: TestRunRequest, token: CancellationToken) => Promise<void>;
  /** Run what `request` chooses with every save. */
  readonly watch: (request: TestRunRequest, token: CancellationToken) => void;
  /** Awaited before each run. */
  readonly prepare: () => Promise<void>;
  /** How runs with coverage of a root are measured. */
  readonly coverageOf: (root: string) => CoverageMode;
}

const WITH_COVERAGE = l10n.t("Run with Coverage");

export class Profiles extends DisposableStore {
  readonly #explorer: Explorer;
  readonly #runs: Runs;
  readonly #wishes: RunWishes;
  readonly #coverage: TestRunProfile;
  readonly #debugLastFailed: TestRunProfile;

  constructor(explorer: Explorer, runs: Runs, server: Server, wishes: RunWishes) {
    super();
    this.#wishes = wishes;
    this.#explorer = explorer;
    this.#runs = runs;
    this.#create(explorer.controller, l10n.t("Run"), true, (request) => this.#chosenParts(request));
    this.#create(
      explorer.controller,
      l10n.t("Debug"),
      true,
      (request) => this.#chosenParts(request).map((part) => ({ ...part, debug: "breakpoints" })),
      TestRunProfileKind.Debug,
    );
    for (const rerun of [LAST_FAILED, OUTSTANDING]) this.#createRerun(rerun);
    this.#debugLastFailed = this.#createRerun(DEBUG_LAST_FAILED, TestRunProfileKind.Debug);
    for (const order of ORDERS) {
      this.#create(explorer.controller, order.label, false, (request) => this.#orderedParts(order, request));
    }
    this.add(
      explorer.controller.createRunProfile(STEPWISE, TestRunProfileKind.Run, (request, token) =>
        wishes.stepwise(request, token),
      ),
    );
    const { Coverage } = TestRunProfileKind;
    const measured = (request: TestRunRequest): readonly Part[] => this.#measuredParts(request);
    this.#coverage = this.#create(explorer.controller, WITH_COVERAGE, true, measured, Coverage);
    tellLines(this.#coverage, server, (item) => explorer.meaningOf(item)?.id);
  }

  /** Runs all tests of all roots in that order. */
  async run(order: Order): Promise<void> {
    const request = new TestRunRequest();
    await this.#wishes.prepare();
    const parts = this.#orderedParts(order, request);
    if (parts.length > 0) await this.#runs.run(request, order.label, parts);
  }

  /** Runs all tests of all roots with coverage. */
  async runWithCoverage(): Promise<void> {
    // VS Code asks the profile of the request for the lines.
    const request = new TestRunRequest(undefined, undefined, this.#coverage);
    await this.#wishes.prepare();
    const parts = this.#measuredParts(request);
    if (parts.length > 0) await this.#runs.run(request, WITH_COVERAGE, parts);
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

  /** Runs tests that are named, such as by a code lens. */
  async runNamed(tests: NamedTests): Promise<void> {
    await this.#named(tests, l10n.t("Rerun"));
  }

  /** Debugs tests that are named, and that have failed; stops where they fail. */
  async debugNamed(tests: NamedTests): Promise<void> {
    await this.#named(tests, DEBUG_LAST_FAILED.label, this.#debugLastFailed);
  }

  async #named({ root, ids }: NamedTests, label: string, profile?: TestRunProfile): Promise<void> {
    const tree = this.#explorer.tree(root);
    const rows = tree === undefined ? [] : ids.map((id) => tree.ensure(id));
    const part: Part = { root, selection: { kind: "ids", ids } };
    await this.#wishes.prepare();
    const request = new TestRunRequest(rows, undefined, profile);
    await this.#runs.run(request, label, [profile === undefined ? part : { ...part, debug: "failures" }]);
  }

  #create(
    controller: TestController,
    label: string,
    isDefault: boolean,
    partsOf: (request: TestRunRequest) => readonly Part[],
    kind = TestRunProfileKind.Run,
  ): TestRunProfile {
    const handler = async (request: TestRunRequest, token: CancellationToken): Promise<void> => {
      if (request.continuous === true) {
        this.#wishes.watch(request, token);
        return;
      }
      await this.#wishes.prepare();
      const parts = partsOf(request);
      if (parts.length > 0) await this.#runs.run(request, label, parts, token);
    };
    // Continuously there is but one thing to run: what failed, what is new and what was changed.
    const isContinuous = isDefault && kind === TestRunProfileKind.Run;
    return this.add(controller.createRunProfile(label, kind, handler, isDefault, undefined, isContinuous));
  }

  #chosenParts({ include, exclude }: TestRunRequest): readonly Part[] {
    return this.#explorer
      .chosen(include, exclude)
      .map(({ root, ids, exclude: without }) => ({ root, selection: selectionOf(ids, without) }));
  }

  #measuredParts(request: TestRunRequest): readonly Part[] {
    const { coverageOf } = this.#wishes;
    return this.#chosenParts(request).map((part) => ({ ...part, coverage: coverageOf(part.root) }));
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
