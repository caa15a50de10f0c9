/** Asks the server for what is below files: where it matters at once, and where a person looks. */

import { workspace, type Disposable, type TextDocument, type Uri } from "vscode";

import { CHILDREN, type TestsParams } from "../client/protocol.generated";
import type { Log } from "../platform/log";
import { messageOf } from "../platform/errors";
import { chunks } from "../state/chunks";
import { fileOf } from "../state/nodeIds";
import { ServerLost, type Server } from "../state/server";
import type { TestTree } from "./testTree";

/** A project with at most so many tests is loaded whole, so that the filter of the Test Explorer finds them. */
export const LOADED_WHOLE = 10_000;

const FILES_AT_ONCE = 100;

interface Asking {
  readonly tree: TestTree;
  /** Ids that were asked for since the last reset. */
  readonly asked: Set<string>;
  /** Ids that were asked for before it. */
  readonly before: Set<string>;
  /** How many tests each file has. */
  readonly tests: Map<string, number>;
}

export class Children implements Disposable {
  readonly #server: Server;
  readonly #log: Log;
  readonly #roots = new Map<string, Asking>();
  readonly #opening: Disposable;

  constructor(server: Server, log: Log) {
    this.#server = server;
    this.#log = log;
    this.#opening = workspace.onDidOpenTextDocument((document) => {
      this.#opened(document);
    });
  }

  /** A change of the tree has been drawn: ask for what now matters. */
  told(change: TestsParams, tree: TestTree): void {
    const asking = this.#askingOf(change.root, tree);
    if (change.reset) startAnew(asking);
    for (const path of change.removed) forgetFile(asking, path);
    for (const file of change.files) asking.tests.set(file.path, file.tests);
    const files = change.files
      .filter(({ path, failed, unfinished }) => failed || unfinished || asking.before.has(path))
      .map(({ path }) => path);
    const nodes = (change.nodes ?? []).flatMap((one) => one.nodes);
    const more = nodes.filter((node) => node.more === true && asking.before.has(node.id));
    this.#want(change.root, [...files, ...more.map(({ id }) => id)]);
    if (change.complete) this.#wantMore(change.root, asking);
  }

  /** Resolves once all that is below these nodes is there; what was asked for is asked for once. */
  async load(root: string, ids: readonly string[]): Promise<void> {
    const asking = this.#roots.get(root);
    const fresh = ids.filter((id) => asking?.asked.has(id) === false);
    for (const id of fresh) asking?.asked.add(id);
    for (const some of chunks(fresh, FILES_AT_ONCE)) {
      await this.#server.request(CHILDREN, { root, ids: some });
      asking?.tree.told(some.filter((id) => asking.asked.has(id)));
    }
  }

  /** A run tells of tests: what is below their files is drawn with their results. */
  met(root: string, ids: readonly string[]): void {
    const tests = this.#roots.get(root)?.tests;
    this.#want(
      root,
      [...new Set(ids.map(fileOf))].filter((path) => tests?.has(path) === true),
    );
  }

  /** Roots that are gone need nothing more. */
  keepRoots(uris: readonly string[]): void {
    for (const uri of this.#roots.keys()) if (!uris.includes(uri)) this.#roots.delete(uri);
  }

  dispose(): void {
    this.#opening.dispose();
    this.#roots.clear();
  }

  #askingOf(root: string, tree: TestTree): Asking {
    const known = this.#roots.get(root);
    if (known?.tree === tree) return known;
    const fresh = {
      tree,
      asked: new Set<string>(),
      before: new Set<string>(),
      tests: new Map<string, number>(),
    };
    this.#roots.set(root, fresh);
    return fresh;
  }

  /** What has a run glyph in an open document, and all of it where that is little. */
  #wantMore(root: string, { tree, tests }: Asking): void {
    const open = workspace.textDocuments.map(({ uri }) => tree.pathOf(uri));
    const total = [...tests.values()].reduce((sum, one) => sum + one, 0);
    const rest = total <= LOADED_WHOLE ? [...tests.keys()] : [];
    this.#want(root, [...open.filter((path) => path !== undefined), ...rest]);
  }

  #opened({ uri }: TextDocument): void {
    for (const [root, { tree }] of this.#roots) this.#wantFile(root, tree, uri);
  }

  #wantFile(root: string, tree: TestTree, uri: Uri): void {
    const path = tree.pathOf(uri);
    if (path !== undefined) this.#want(root, [path]);
  }

  #want(root: string, ids: readonly string[]): void {
    this.load(root, ids).catch((error: unknown) => {
      // A server that comes back tells everything anew.
      if (!(error instanceof ServerLost)) this.#log.warn(`Asking for tests failed: ${messageOf(error)}`);
    });
  }
}

function startAnew({ asked, before, tests }: Asking): void {
  for (const id of asked) before.add(id);
  asked.clear();
  tests.clear();
}

function forgetFile({ asked, before, tests }: Asking, path: string): void {
  tests.delete(path);
  asked.delete(path);
  before.delete(path);
}
