/** The Test Explorer: one controller, a tree for each root. */

import { Uri, type Disposable, type TestController, type TestItem } from "vscode";

import type { Root, TestsParams } from "../client/protocol.generated";
import { follows } from "../state/treeSequence";
import { TestTree, type Meaning } from "./testTree";
import { TopRows } from "./topRows";

/** Node ids to run and to leave out, of one root. */
export interface Chosen {
  readonly root: string;
  readonly ids: readonly string[];
  readonly exclude: readonly string[];
}

interface Known {
  readonly root: Root;
  readonly tree: TestTree;
  /** The row of the root; undefined where it is the only one. */
  readonly row: TestItem | undefined;
  readonly state: number | undefined;
  readonly complete: boolean;
}

export class Explorer implements Disposable {
  readonly controller: TestController;
  readonly #meanings = new WeakMap<TestItem, Meaning>();
  readonly #resync: (root: string) => void;
  readonly #top: TopRows;
  #known: ReadonlyMap<string, Known> = new Map();

  /** `resync` asks for the whole tree of a root, where a message was lost. */
  constructor(controller: TestController, resync: (root: string) => void) {
    this.controller = controller;
    this.#resync = resync;
    this.#top = new TopRows(controller);
  }

  /** What a row stands for; undefined for rows that are not ours. */
  meaningOf(item: TestItem): Meaning | undefined {
    return this.#meanings.get(item);
  }

  /** Whether our tests stand in the Test Explorer. */
  get isShown(): boolean {
    return this.#top.isShown;
  }

  /** Shows our tests in the Test Explorer, or takes them out of it; whatever else needs them goes on. */
  show(is: boolean): void {
    if (is !== this.isShown) this.#top.show(is);
  }

  get roots(): readonly Root[] {
    return [...this.#known.values()].map(({ root }) => root);
  }

  /** One root has its folders at the top; of several, each has a row. */
  setRoots(roots: readonly Root[]): void {
    const wasNested = this.#known.size > 1;
    const isNested = roots.length > 1;
    const known = this.#known;
    const keep = wasNested === isNested ? roots.filter((root) => known.has(root.uri)) : [];
    for (const [uri, { tree }] of known) {
      if (keep.every((root) => root.uri !== uri)) this.#remove(uri, tree);
    }
    this.#known = new Map(
      roots.map((root) => [root.uri, this.#knownOf(root, keep.includes(root), isNested)]),
    );
    for (const { row, root } of this.#known.values()) this.#show(row, root);
    if (wasNested !== isNested && known.size > 0) for (const root of roots) this.#resync(root.uri);
  }

  /** Returns the tree that was changed, or undefined where the change is none of a known state. */
  apply(change: TestsParams): TestTree | undefined {
    const known = this.#known.get(change.root);
    if (known === undefined) return undefined;
    if (!follows(known.state, change)) {
      this.#update(change.root, { ...known, state: undefined });
      // The batches that still come after a lost one must not each ask again.
      if (known.state !== undefined) this.#resync(change.root);
      return undefined;
    }
    known.tree.apply(change);
    this.#show(known.row, known.root);
    this.#update(change.root, { ...known, state: change.state, complete: change.complete });
    return known.tree;
  }

  /** Numbers of changes begin anew with a new server; the rows stay until it has sent its own. */
  expectAnew(): void {
    for (const [uri, known] of this.#known)
      this.#update(uri, { ...known, state: undefined, complete: false });
  }

  isComplete(root: string): boolean {
    return this.#known.get(root)?.complete === true;
  }

  tree(root: string): TestTree | undefined {
    return this.#known.get(root)?.tree;
  }

  /** The first row of a failed test, or undefined. */
  firstFailed(): TestItem | undefined {
    for (const { tree } of this.#known.values()) {
      const [row] = tree.failed();
      if (row !== undefined) return row;
    }
    return undefined;
  }

  /** What a request stands for; no rows chosen means all. */
  chosen(
    include: readonly TestItem[] | undefined,
    exclude: readonly TestItem[] | undefined,
  ): readonly Chosen[] {
    const included =
      include?.map((item) => this.#meanings.get(item)) ??
      [...this.#known.values()]
        .filter((known) => this.#isShown(known))
        .map(({ root }) => ({ root: root.uri, id: "" }));
    const excluded = exclude?.map((item) => this.#meanings.get(item)) ?? [];
    const idsIn = (root: string, meanings: readonly (Meaning | undefined)[]): readonly string[] =>
      meanings
        .filter((one) => one !== undefined)
        .filter((one) => one.root === root)
        .map(({ id }) => id);
    return this.roots
      .map(({ uri }) => ({ root: uri, ids: idsIn(uri, included), exclude: idsIn(uri, excluded) }))
      .filter(({ ids }) => ids.length > 0);
  }

  #isShown({ row }: Known): boolean {
    return row === undefined || this.#top.get(row.id) !== undefined;
  }

  dispose(): void {
    this.controller.dispose();
  }

  #update(uri: string, known: Known): void {
    this.#known = new Map([...this.#known, [uri, known]]);
  }

  #knownOf(root: Root, keep: boolean, nested: boolean): Known {
    const known = this.#known.get(root.uri);
    if (keep && known !== undefined) return { ...known, root };
    const row = nested ? this.#rootItem(root) : undefined;
    const tree = new TestTree(root.uri, this.controller, row?.children ?? this.#top, this.#meanings);
    return { root, tree, row, state: undefined, complete: false };
  }

  #rootItem(root: Root): TestItem {
    const item = this.controller.createTestItem(root.uri, root.name, Uri.parse(root.uri, true));
    this.#meanings.set(item, { root: root.uri, id: "" });
    return item;
  }

  /** A root whose tests are all in the roots below it has no row. */
  #show(row: TestItem | undefined, root: Root): void {
    if (row === undefined) return;
    const isBare = row.children.size === 0 && this.roots.some(({ uri }) => uri.startsWith(`${root.uri}/`));
    if (isBare) this.#top.delete(row.id);
    else if (this.#top.get(row.id) === undefined) this.#top.add(row);
  }

  #remove(uri: string, tree: TestTree): void {
    tree.clear();
    this.#top.delete(uri);
  }
}
