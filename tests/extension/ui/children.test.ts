import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import type { TestController as RealController } from "vscode";

import { CHILDREN, type TestsParams } from "../../../extension/src/client/protocol.generated";
import { Children, LOADED_WHOLE } from "../../../extension/src/ui/children";
import { Explorer } from "../../../extension/src/ui/explorer";
import { block, renderTestTree } from "../support/draw";
import { ROOT, change, file, flat, lines, node, root, type Branch, type Leafy } from "../support/samples";
import { FakeServer } from "../support/server";
import { TestController, Uri, opened, workspace } from "../support/vscode";

const MANY = { tests: LOADED_WHOLE + 1 };

/** A window on a server that tells what is asked for. */
class Scene {
  readonly controller = new TestController();
  readonly server = new FakeServer();
  readonly explorer: Explorer;
  readonly children: Children;
  readonly asked: string[][] = [];
  #state = 0;
  #below: ReadonlyMap<string, readonly Branch[]>;

  constructor(below: Readonly<Record<string, readonly Branch[]>>) {
    this.#below = new Map(Object.entries(below));
    this.explorer = new Explorer(this.controller as unknown as RealController, () => undefined);
    this.explorer.setRoots([root()]);
    const log = {
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
      show: () => undefined,
    };
    this.children = new Children(this.server, log);
    this.server.answer(CHILDREN, ({ ids }) => {
      this.asked.push([...ids]);
      const nodes = ids.map((id) => ({ path: id, nodes: flat(id, this.#below.get(id) ?? []), removed: [] }));
      this.tell({ nodes });
      return Promise.resolve(null);
    });
  }

  tell(rest: Partial<Omit<TestsParams, "files">> & { readonly files?: readonly Leafy[] }): void {
    this.#state = rest.reset === true ? 1 : this.#state + 1;
    const told = change(this.#state, rest);
    const tree = this.explorer.apply(told);
    if (tree !== undefined) this.children.told(told, tree);
  }

  become(below: Readonly<Record<string, readonly Branch[]>>): void {
    this.#below = new Map(Object.entries(below));
  }

  async settled(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  check(expected: string): void {
    assert.equal(renderTestTree(this.controller), block(expected));
  }
}

const A = [node("a.py::test_a", { range: lines(1, 2) })];
const B = [node("b.py::test_b", { range: lines(1, 2), failed: true })];

test("a small project is loaded whole, so that the filter finds all of it", async () => {
  const scene = new Scene({ "a.py": A, "b.py": B });

  scene.tell({ reset: true, files: [file("a.py", []), file("b.py", [])] });
  await scene.settled();

  scene.check("a.py\n  test_a :2\nb.py\n  test_b :2 #failed");
});

test("of a large project the files with failures are loaded, and no others", async () => {
  const scene = new Scene({ "a.py": A, "b.py": B });

  scene.tell({ reset: true, files: [file("a.py", [], MANY), file("b.py", [], { ...MANY, failed: true })] });
  await scene.settled();

  assert.deepEqual(scene.asked, [["b.py"]]);
  scene.check("a.py\nb.py #failed\n  test_b :2 #failed");
});

test("a file is loaded when its document is opened, since its tests have their glyphs there", async () => {
  const scene = new Scene({ "a.py": A });
  scene.tell({ reset: true, files: [file("a.py", [], MANY)] });

  opened.fire({ uri: Uri.parse(`${ROOT}/a.py`) });
  await scene.settled();

  scene.check("a.py\n  test_a :2");
});

test("documents that were open before the tests were found are loaded", async () => {
  workspace.textDocuments.push({ uri: Uri.parse(`${ROOT}/a.py`) });
  const scene = new Scene({ "a.py": A, "b.py": B });

  scene.tell({ reset: true, files: [file("a.py", [], MANY), file("b.py", [], MANY)] });
  await scene.settled();
  workspace.textDocuments.length = 0;

  assert.deepEqual(scene.asked, [["a.py"]]);
});

test("a row can be unfolded until what is below it is there", async () => {
  const scene = new Scene({ "a.py": A });
  scene.tell({ reset: true, files: [file("a.py", [], MANY)] });
  const row = scene.explorer.tree(ROOT)?.find("a.py");

  assert.equal(row?.canResolveChildren, true);
  await scene.children.load(ROOT, ["a.py"]);
  await scene.children.load(ROOT, ["a.py"]);

  assert.equal(row.canResolveChildren, false);
  assert.deepEqual(scene.asked, [["a.py"]]);
});

test("many parameters come when their function is unfolded", async () => {
  const function_ = node("a.py::test_a", { range: lines(1, 2), more: true });
  const scene = new Scene({ "a.py": [function_] });
  scene.tell({ reset: true, files: [file("a.py", [])] });
  await scene.settled();
  const row = scene.explorer.tree(ROOT)?.find("a.py::test_a");

  assert.equal(row?.canResolveChildren, true);
  scene.become({ "a.py::test_a": [node("a.py::test_a[1]", { range: lines(1, 2) })] });
  await scene.children.load(ROOT, ["a.py::test_a"]);

  scene.check("a.py\n  test_a :2\n    [1] :2");
  assert.equal(row.canResolveChildren, false);
});

test("after a reset what was loaded is asked for again, stays in sight meanwhile, and what is gone goes", async () => {
  const scene = new Scene({ "a.py": [...A, node("a.py::test_gone", { range: lines(4, 5) })] });
  scene.tell({ reset: true, files: [file("a.py", [], MANY)] });
  await scene.children.load(ROOT, ["a.py"]);
  const made = scene.controller.created;

  scene.become({ "a.py": A });
  scene.tell({ reset: true, files: [file("a.py", [], MANY)] });
  scene.check("a.py\n  test_a :2\n  test_gone :5");
  await scene.settled();

  scene.check("a.py\n  test_a :2");
  assert.equal(scene.controller.created, made);
});

test("changes of loaded files come by themselves", async () => {
  const scene = new Scene({ "a.py": A });
  scene.tell({ reset: true, files: [file("a.py", [])] });
  await scene.settled();

  const added = flat("a.py", [node("a.py::test_new", { range: lines(4, 5), new: true })]);
  scene.tell({ nodes: [{ path: "a.py", nodes: added, removed: ["a.py::test_a"] }] });

  scene.check("a.py\n  test_new :5 #new");
});

test("the files of tests that run are loaded, once", async () => {
  const scene = new Scene({ "a.py": A, "b.py": B });
  scene.tell({ reset: true, files: [file("a.py", [], MANY), file("b.py", [], MANY)] });

  scene.children.met(ROOT, ["a.py::test_a", "a.py::test_a[1]", "elsewhere.py::test_x"]);
  scene.children.met(ROOT, ["a.py::test_a"]);
  await scene.settled();

  assert.deepEqual(scene.asked, [["a.py"]]);
});

test("a file that goes and comes again is asked for again", async () => {
  const scene = new Scene({ "a.py": A });
  scene.tell({ reset: true, files: [file("a.py", [])] });
  await scene.settled();

  scene.tell({ removed: ["a.py"] });
  scene.tell({ files: [file("a.py", [])] });
  await scene.settled();

  scene.check("a.py\n  test_a :2");
});
