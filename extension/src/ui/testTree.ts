/** The rows of one root in the Test Explorer, changed in place so that none ever blinks. */

import * as l10n from "@vscode/l10n";
import { TestTag, Uri, type TestController, type TestItem, type TestItemCollection } from "vscode";

import type { FileNodes, FolderOrder, Node, TestFile, TestsParams } from "../client/protocol.generated";
import { fileOf, foldersOf, nameOf, stepsOf } from "../state/nodeIds";
import { rowOrder } from "../state/rowOrder";
import { toRange } from "./convert";

const FAILED = new TestTag("failed");
const UNFINISHED = new TestTag("unfinished");
const NEW = new TestTag("new");
const SLOW = new TestTag("slow");
const STALE = new TestTag("stale");

/** What a row stands for; kept outside the row, which belongs to VS Code. */
export interface Meaning {
  readonly root: string;
  /** Node id; the root's own is empty. */
  readonly id: string;
}

type State = Pick<Node, "failed" | "unfinished" | "new" | "slow" | "stale" | "marks">;

export class TestTree {
  readonly #root: string;
  readonly #controller: TestController;
  readonly #top: TestItemCollection;
  readonly #meanings: WeakMap<TestItem, Meaning>;
  /** Every row below the root, by node id; a folder's is its path. */
  readonly #items = new Map<string, TestItem>();
  readonly #files = new Set<string>();
  /** Path by URI, as VS Code spells it. */
  readonly #paths = new Map<string, string>();
  /** Files from before a reset that were not sent again yet; they go once the tree is complete. */
  readonly #unconfirmed = new Set<string>();
  /** Rows below files from before a reset; they go once their file has been asked for again. */
  readonly #old = new Map<string, Set<string>>();
  readonly #folderOrder = new Map<string, string>();
  /** Rows whose results have become those of another source. */
  #fading: TestItem[] = [];

  constructor(
    root: string,
    controller: TestController,
    top: TestItemCollection,
    meanings: WeakMap<TestItem, Meaning>,
  ) {
    this.#root = root;
    this.#controller = controller;
    this.#top = top;
    this.#meanings = meanings;
  }

  apply(change: TestsParams): void {
    if (change.reset) this.#doubt();
    for (const path of change.removed) this.#removeFile(path);
    for (const folder of change.folders) this.#orderFolder(folder);
    for (const file of change.files) this.#updateFile(file);
    for (const nodes of change.nodes ?? []) this.#updateNodes(nodes);
    this.#fade();
    if (change.complete) for (const path of this.#unconfirmed) this.#removeFile(path);
  }

  /** Whether the source of a test has changed since its result. */
  isStale(item: TestItem): boolean {
    return item.tags.includes(STALE);
  }

  /** All that is below these nodes has been told. */
  told(ids: readonly string[]): void {
    for (const id of ids) {
      const item = this.#items.get(id);
      if (item !== undefined) item.canResolveChildren = false;
      for (const old of this.#old.get(id) ?? []) this.#removeNode(old);
      this.#old.delete(id);
    }
  }

  /** The path of a file, or undefined where it holds no tests. */
  pathOf(uri: Uri): string | undefined {
    return this.#paths.get(uri.toString());
  }

  /** Whether something in the node counts as failed (or, if `unfinished`, as unfinished); "" is the root. */
  holds(id: string, { unfinished }: { readonly unfinished: boolean }): boolean {
    const counts = (item: TestItem | undefined): boolean =>
      item?.tags.some((tag) => tag === FAILED || (unfinished && tag === UNFINISHED)) === true;
    const below = id === "" ? "" : `${id}/`;
    const files = [...this.#files].filter((path) => path.startsWith(below));
    return counts(this.#items.get(id)) || files.some((path) => counts(this.#items.get(path)));
  }

  /** The row of a node, or undefined where there is none. */
  find(id: string): TestItem | undefined {
    return this.#items.get(id);
  }

  /** The rows that stand for a failed test themselves. */
  failed(): readonly TestItem[] {
    return this.#leaves().filter((item) => item.tags.includes(FAILED));
  }

  /** The rows that stand for a failed or an unfinished test themselves. */
  outstanding(): readonly TestItem[] {
    return this.#leaves().filter(({ tags }) => tags.includes(FAILED) || tags.includes(UNFINISHED));
  }

  hasFile(path: string): boolean {
    return this.#files.has(path);
  }

  /** The row of a test that has run; made where parsing could not foresee it, below the nearest row there is. */
  ensure(id: string): TestItem {
    const known = this.#items.get(id);
    if (known !== undefined) return known;
    const path = fileOf(id);
    let item = this.#items.get(path) ?? this.#createFile(path, this.#uriOf(path));
    for (const step of stepsOf(id)) {
      const below = this.#items.get(step.id) ?? this.#create(step.id, step.label, item.uri);
      if (item.children.get(step.id) === undefined) {
        below.range = item.range;
        item.children.add(below);
      }
      item = below;
    }
    return item;
  }

  /** Removes all rows. */
  clear(): void {
    this.#items.clear();
    this.#files.clear();
    this.#paths.clear();
    this.#old.clear();
    this.#unconfirmed.clear();
    this.#top.replace([]);
  }

  /** The rows without rows below them. */
  #leaves(): readonly TestItem[] {
    const found: TestItem[] = [];
    const visit = (one: TestItem): void => {
      if (one.children.size === 0) found.push(one);
      one.children.forEach(visit);
    };
    this.#top.forEach(visit);
    return found;
  }

  #orderFolder({ path, sortText }: FolderOrder): void {
    this.#folderOrder.set(path, sortText);
    const item = this.#items.get(path);
    if (item !== undefined && item.sortText !== sortText) item.sortText = sortText;
  }

  #updateFile(file: TestFile): void {
    this.#unconfirmed.delete(file.path);
    const item = this.#items.get(file.path) ?? this.#createFile(file.path, Uri.parse(file.uri, true));
    if (item.sortText !== file.sortText) item.sortText = file.sortText;
    const error = errorOf(file);
    if (item.error !== error) item.error = error;
    this.#tag(item, file);
  }

  /** VS Code draws the glyphs of results that no longer hold dim, and says so. */
  #fade(): void {
    const fading = this.#fading;
    this.#fading = [];
    if (fading.length > 0) this.#controller.invalidateTestResults(fading);
  }

  #updateNodes({ path, nodes, removed }: FileNodes): void {
    for (const id of removed) this.#removeNode(id);
    for (const node of nodes) this.#updateNode(path, node);
  }

  #updateNode(path: string, node: Node): void {
    const parent = this.#items.get(node.parent);
    if (parent === undefined) return;
    this.#old.get(path)?.delete(node.id);
    const known = parent.children.get(node.id);
    const item = known ?? this.#create(node.id, node.label, parent.uri);
    const range = node.range === null ? undefined : toRange(node.range);
    if (!sameRange(item.range, range)) item.range = range;
    // VS Code keeps rows with a range in the order of their lines, and asks for this between those of one line.
    const sortText = rowOrder(node);
    if (item.sortText !== sortText) item.sortText = sortText;
    if (item.canResolveChildren !== (node.more === true)) item.canResolveChildren = node.more === true;
    this.#tag(item, node);
    if (known === undefined) parent.children.add(item);
  }

  /** Nothing is sure to be there any more; it stays in sight until the server has told it anew. */
  #doubt(): void {
    for (const path of this.#files) this.#unconfirmed.add(path);
    this.#old.clear();
    for (const id of this.#items.keys()) {
      const path = fileOf(id);
      if (path !== id) this.#old.set(path, (this.#old.get(path) ?? new Set()).add(id));
    }
  }

  #tag(item: TestItem, { failed, unfinished, new: fresh, slow, stale = false, marks = [] }: State): void {
    if (stale && !item.tags.includes(STALE)) this.#fading.push(item);
    const tags = [
      ...(failed ? [FAILED] : []),
      ...(unfinished ? [UNFINISHED] : []),
      ...(fresh ? [NEW] : []),
      ...(slow === true ? [SLOW] : []),
      ...(stale ? [STALE] : []),
      ...marks.map(tagOfMark),
    ];
    const same =
      tags.length === item.tags.length && tags.every((tag, index) => tag.id === item.tags[index]?.id);
    if (!same) item.tags = tags;
  }

  #createFile(path: string, uri: Uri): TestItem {
    const siblings = this.#folderOf(path);
    const item = this.#create(path, nameOf(path), uri);
    this.#files.add(path);
    this.#paths.set(uri.toString(), path);
    item.canResolveChildren = true;
    siblings.add(item);
    return item;
  }

  #folderOf(path: string): TestItemCollection {
    let siblings = this.#top;
    for (const folder of foldersOf(path)) {
      let item = this.#items.get(folder);
      if (item === undefined) {
        item = this.#create(folder, nameOf(folder), this.#uriOf(folder));
        item.sortText = this.#folderOrder.get(folder);
        siblings.add(item);
      }
      siblings = item.children;
    }
    return siblings;
  }

  #create(id: string, label: string, uri: Uri | undefined): TestItem {
    const item = this.#controller.createTestItem(id, label, uri);
    this.#meanings.set(item, { root: this.#root, id });
    this.#items.set(id, item);
    return item;
  }

  #removeFile(path: string): void {
    const item = this.#items.get(path);
    this.#files.delete(path);
    this.#unconfirmed.delete(path);
    this.#old.delete(path);
    if (item === undefined) return;
    if (item.uri !== undefined) this.#paths.delete(item.uri.toString());
    this.#remove(item, item.parent?.children ?? this.#top);
    for (const folder of [...foldersOf(path)].reverse()) {
      const above = this.#items.get(folder);
      if (above?.children.size !== 0) return;
      this.#remove(above, above.parent?.children ?? this.#top);
    }
  }

  #removeNode(id: string): void {
    const item = this.#items.get(id);
    if (item?.parent !== undefined) this.#remove(item, item.parent.children);
  }

  #remove(item: TestItem, siblings: TestItemCollection): void {
    item.children.forEach((child) => {
      this.#remove(child, item.children);
    });
    this.#items.delete(item.id);
    siblings.delete(item.id);
  }

  #uriOf(path: string): Uri {
    return Uri.joinPath(Uri.parse(this.#root, true), path);
  }
}

/** What `-m` finds; people name marks as they like, so they must not be taken for a state. */
function tagOfMark(mark: string): TestTag {
  return new TestTag(`mark.${mark}`);
}

function sameRange(one: TestItem["range"], other: TestItem["range"]): boolean {
  return one === other || (one !== undefined && other !== undefined && one.isEqual(other));
}

/** Plain text: it is read aloud as it stands. */
function errorOf({ error, path }: TestFile): string | undefined {
  if (error === null) return undefined;
  return l10n.t("{0} ({1}, line {2})", error.message, nameOf(path), error.location.range.start.line + 1);
}
