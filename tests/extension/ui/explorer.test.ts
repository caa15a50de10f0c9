import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import type { TestController as RealController, TestItem } from "vscode";

import type { Root, TestsParams } from "../../../extension/src/client/protocol.generated";
import { Explorer } from "../../../extension/src/ui/explorer";
import { block, renderTestTree } from "../support/draw";
import { ROOT, type Branch, change, file, line, lines, node, root } from "../support/samples";
import { TestController } from "../support/vscode";

function open(...roots: Root[]): { explorer: Explorer; controller: TestController; resyncs: string[] } {
  const controller = new TestController();
  const resyncs: string[] = [];
  const explorer = new Explorer(controller as unknown as RealController, (uri) => resyncs.push(uri));
  explorer.setRoots(roots.length === 0 ? [root()] : roots);
  return { explorer, controller, resyncs };
}

function check(changes: readonly TestsParams[], expected: string): void {
  const { explorer, controller } = open();

  for (const one of changes) explorer.apply(one);

  assert.equal(renderTestTree(controller), block(expected));
}

const cart = file("tests/checkout/test_cart.py", [
  node("tests/checkout/test_cart.py::TestCart", {
    range: lines(3, 9),
    children: [
      node("tests/checkout/test_cart.py::TestCart::test_total", { range: lines(4, 6), failed: true }),
    ],
  }),
  node("tests/checkout/test_cart.py::test_empty", {
    range: lines(11, 13),
    new: true,
    children: [
      node("tests/checkout/test_cart.py::test_empty[b]", { range: lines(11, 13) }),
      node("tests/checkout/test_cart.py::test_empty[a]", { range: lines(11, 13) }),
    ],
  }),
]);

test("folders, files, classes, functions and parameters are rows", () => {
  check(
    [change(1, { reset: true, files: [cart] })],
    `
    tests
      checkout
        test_cart.py
          TestCart :4
            test_total :5 #failed
          test_empty :12 #new
            [b] :12
            [a] :12
    `,
  );
});

test("files and folders stand in the server's order", () => {
  check(
    [
      change(1, {
        reset: true,
        files: [
          file("a/t.py", [], { sortText: "2" }),
          file("b/t.py", [], { sortText: "1" }),
          file("c.py", []),
        ],
        folders: [
          { path: "a", sortText: "2" },
          { path: "b", sortText: "1" },
        ],
      }),
      change(2, { folders: [{ path: "a", sortText: "0" }] }),
    ],
    `
    a
      t.py
    b
      t.py
    c.py
    `,
  );
});

test("a row has a tag for each state and each mark, and a file those of its tests before they are told", () => {
  const marks = ["slow", "django_db"];
  check(
    [
      change(1, {
        reset: true,
        files: [
          file("a.py", [], { slow: true, marks: ["slow"] }),
          file("b.py", [node("b.py::test_b", { marks }), node("b.py::test_c", { slow: true })], { marks }),
        ],
      }),
      change(2, { files: [file("b.py", [node("b.py::test_b", { marks: ["django_db"] })], { marks })] }),
    ],
    `
    a.py #slow #mark.slow
    b.py #mark.slow #mark.django_db
      test_b #mark.django_db
      test_c #slow
    `,
  );
});

test("of one line the failed rows come first, then unfinished and new ones, and the rest in pytest's order", () => {
  const range = lines(0, 2);
  const parameter = (name: string, rest: Partial<Branch> = {}): Branch =>
    node(`t.py::test_price[${name}]`, { range, ...rest });
  const children = [
    parameter("free"),
    parameter("added", { new: true }),
    parameter("half"),
    parameter("killed", { unfinished: true }),
    parameter("full", { failed: true }),
  ];
  check(
    [
      change(1, {
        reset: true,
        files: [
          file("t.py", [
            node("t.py::test_price", { range, failed: true, children }),
            node("t.py::test_later", { range: lines(4, 6), failed: true }),
          ]),
        ],
      }),
    ],
    `
    t.py
      test_price :1 #failed
        [full] :1 #failed
        [killed] :1 #unfinished
        [added] :1 #new
        [free] :1
        [half] :1
      test_later :5 #failed
    `,
  );
});

test("a removed file takes its empty folders with it", () => {
  check(
    [
      change(1, { reset: true, files: [cart, file("tests/t.py", [])] }),
      change(2, { removed: ["tests/checkout/test_cart.py"] }),
    ],
    `
    tests
      t.py
    `,
  );
});

test("a file that cannot be collected says why and keeps its tests", () => {
  const error = { message: "invalid syntax", location: { uri: `${ROOT}/t.py`, range: line(6, 0, 4) } };
  check(
    [change(1, { reset: true, files: [file("t.py", [node("t.py::test_a")], { error })] })],
    `
    t.py ! invalid syntax (t.py, line 7)
      test_a
    `,
  );
});

test("a file that can be collected again says nothing more", () => {
  const error = { message: "invalid syntax", location: { uri: `${ROOT}/t.py`, range: line(6, 0, 4) } };
  check(
    [
      change(1, { reset: true, files: [file("t.py", [], { error })] }),
      change(2, { files: [file("t.py", [])] }),
    ],
    `t.py`,
  );
});

test("a row that stays is never made anew", () => {
  const { explorer, controller } = open();
  explorer.apply(change(1, { reset: true, files: [cart] }));
  const made = controller.created;

  explorer.apply(change(2, { files: [{ ...cart, file: { ...cart.file, sortText: "0" } }] }));

  assert.equal(controller.created, made);
});

test("a reset in batches keeps the rows that are sent again and drops the others at its end", () => {
  const { explorer, controller } = open();
  explorer.apply(change(1, { reset: true, files: [file("a.py", []), file("b.py", []), file("c.py", [])] }));
  const made = controller.created;

  explorer.apply(change(1, { reset: true, complete: false, files: [file("a.py", [])] }));
  const between = renderTestTree(controller);
  explorer.apply(change(2, { files: [file("c.py", [])] }));

  assert.equal(between, "a.py\nb.py\nc.py");
  assert.equal(renderTestTree(controller), "a.py\nc.py");
  assert.equal(controller.created, made);
});

test("a lost message is asked for once", () => {
  const { explorer, resyncs } = open();
  explorer.apply(change(1, { reset: true }));

  explorer.apply(change(3, { files: [file("a.py", [])] }));
  explorer.apply(change(4, { files: [file("b.py", [])] }));

  assert.deepEqual(resyncs, [ROOT]);
});

test("a new server's numbers begin anew without a question", () => {
  const { explorer, controller, resyncs } = open();
  explorer.apply(change(7, { reset: true, files: [file("a.py", [])] }));

  explorer.expectAnew();
  explorer.setRoots([root()]);
  explorer.apply(change(1, { reset: true, files: [file("a.py", []), file("b.py", [])] }));

  assert.deepEqual(resyncs, []);
  assert.equal(renderTestTree(controller), "a.py\nb.py");
});

test("each of several roots has a row of its own", () => {
  const other = root("file:///bank", "bank");
  const { explorer, controller } = open(root(), other);

  explorer.apply(change(1, { reset: true, files: [file("a.py", [])] }));
  explorer.apply(change(1, { root: other.uri, reset: true, files: [file("a.py", [])] }));

  assert.equal(renderTestTree(controller), "bank\n  a.py\nshop\n  a.py");
});

test("the tree is asked for again when a second root comes", () => {
  const { explorer, controller, resyncs } = open();
  explorer.apply(change(1, { reset: true, files: [file("a.py", [])] }));

  explorer.setRoots([root(), root("file:///bank", "bank")]);

  assert.deepEqual(resyncs, [ROOT, "file:///bank"]);
  assert.equal(renderTestTree(controller), "bank\nshop");
});

test("a test that parsing could not foresee gets a row below the nearest there is", () => {
  const { explorer, controller } = open();
  explorer.apply(
    change(1, { reset: true, files: [file("t.py", [node("t.py::test_a", { range: lines(2, 4) })])] }),
  );

  explorer.tree(ROOT)?.ensure("t.py::test_a[x::y/z]");
  explorer.tree(ROOT)?.ensure("made/here.py::TestIt::test_b");

  assert.equal(
    renderTestTree(controller),
    block(`
      made
        here.py
          TestIt
            test_b
      t.py
        test_a :3
          [x::y/z] :3
    `),
  );
});

test("chosen rows are named by their node ids", () => {
  const { explorer } = open();
  explorer.apply(change(1, { reset: true, files: [cart] }));
  const tree = explorer.tree(ROOT);
  const rows = (...ids: string[]): TestItem[] => ids.flatMap((id) => tree?.find(id) ?? []);

  const chosen = explorer.chosen(rows("tests"), rows("tests/checkout/test_cart.py::test_empty"));

  assert.deepEqual(chosen, [
    { root: ROOT, ids: ["tests"], exclude: ["tests/checkout/test_cart.py::test_empty"] },
  ]);
});

test("a root whose tests are all in the roots below it has no row and is not run with all", () => {
  const below = root(`${ROOT}/libs/prices`, "libs/prices");
  const { explorer, controller } = open(root(), below);
  explorer.apply(change(1, { reset: true }));
  explorer.apply(change(1, { root: below.uri, reset: true, files: [file("b.py", [])] }));

  assert.equal(renderTestTree(controller), "libs/prices\n  b.py");
  assert.deepEqual(
    explorer.chosen(undefined, undefined).map((one) => one.root),
    [below.uri],
  );

  explorer.apply(change(2, { files: [file("a.py", [])] }));
  assert.equal(renderTestTree(controller), "libs/prices\n  b.py\nshop\n  a.py");
  explorer.apply(change(3, { removed: ["a.py"] }));
  assert.equal(renderTestTree(controller), "libs/prices\n  b.py");
});

test("no chosen row means every root as a whole", () => {
  const { explorer } = open(root(), root("file:///bank", "bank"));

  const chosen = explorer.chosen(undefined, undefined);

  assert.deepEqual(chosen, [
    { root: ROOT, ids: [""], exclude: [] },
    { root: "file:///bank", ids: [""], exclude: [] },
  ]);
});

test("a result of a source that has changed since is faded, once", () => {
  const { explorer, controller } = open();
  const told = (stale: boolean): Parameters<typeof change>[1] => ({
    files: [file("t.py", [node("t.py::test_a", { range: lines(1, 2), stale }), node("t.py::test_b")])],
  });
  explorer.apply(change(1, { reset: true, ...told(false) }));
  assert.deepEqual(controller.invalidated, []);

  explorer.apply(change(2, told(true)));
  explorer.apply(change(3, told(true)));

  assert.deepEqual(
    controller.invalidated.map(({ id }) => id),
    ["t.py::test_a"],
  );
  assert.equal(renderTestTree(controller), "t.py\n  test_a :2 #stale\n  test_b");
});

test("out of the Test Explorer the rows change, run and count as before, and come back as they are then", () => {
  const { explorer, controller } = open();
  explorer.apply(change(1, { reset: true, files: [cart] }));

  explorer.show(false);
  explorer.apply(
    change(2, { files: [file("test_more.py", [node("test_more.py::test_a", { failed: true })])] }),
  );

  assert.equal(renderTestTree(controller), "");
  assert.deepEqual(explorer.chosen(undefined, undefined), [{ root: ROOT, ids: [""], exclude: [] }]);
  assert.equal(explorer.tree(ROOT)?.failed().length, 2);
  const created = controller.created;

  explorer.show(true);

  assert.equal(controller.created, created);
  assert.match(renderTestTree(controller), /^test_more\.py\n {2}test_a #failed\ntests\n {2}checkout\n/);
});

test("roots that come and go out of sight are in sight once the rows are", () => {
  const { explorer, controller } = open();
  explorer.show(false);

  explorer.setRoots([root("file:///a", "a"), root("file:///b", "b")]);
  assert.equal(renderTestTree(controller), "");
  explorer.setRoots([root("file:///a", "a"), root("file:///c", "c")]);
  explorer.show(true);

  assert.equal(renderTestTree(controller), "a\nc");
});
