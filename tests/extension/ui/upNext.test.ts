import "../support/fakeVscode";

import assert from "node:assert/strict";
import { afterEach, test, type TestContext } from "node:test";

import { PREVIEW, type PreviewResult } from "../../../extension/src/client/protocol.generated";
import { PAUSE } from "../../../extension/src/ui/refreshing";
import { openTest, testsOfRow } from "../../../extension/src/ui/testRows";
import { UpNext, type Memory, type UpNextRow } from "../../../extension/src/ui/upNext";
import { block, renderPanel } from "../support/draw";
import { ROOT, lines, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { answers, quickPicks, shownDocuments, type TreeItem } from "../support/vscode";

const CART = "tests/test_cart.py";
const BAD = `${CART}::TestCart::test_total[two items]`;

class FakeMemory implements Memory {
  readonly values = new Map<string, unknown>();

  get(key: string): unknown {
    return this.values.get(key);
  }

  update(key: string, value: unknown): Promise<void> {
    this.values.set(key, value);
    return Promise.resolve();
  }
}

function preview(rest: Partial<PreviewResult> = {}): PreviewResult {
  return {
    tests: [
      { id: BAD, why: "failed", location: { uri: `${ROOT}/${CART}`, range: lines(4, 4) } },
      { id: "tests/test_tax.py::test_new", why: "new" },
    ],
    total: 2,
    deselected: 0,
    status: "",
    certain: true,
    ...rest,
  };
}

function viewOf(
  result: PreviewResult | Error,
  memory = new FakeMemory(),
): { view: UpNext; server: FakeServer } {
  const server = new FakeServer().answer(PREVIEW, () =>
    result instanceof Error ? Promise.reject(result) : Promise.resolve(result),
  );
  const view = new UpNext(server, memory);
  view.setRoots([root()]);
  return { view, server };
}

async function rows(view: UpNext): Promise<readonly UpNextRow[]> {
  return (await view.getChildren()) ?? [];
}

afterEach(() => {
  answers.length = 0;
  quickPicks.length = 0;
  shownDocuments.length = 0;
});

test("the tests stand in the order in which they would run, each with the reason", async () => {
  const { view } = viewOf(preview());

  assert.equal(
    await renderPanel(view),
    block(`
    (testing-failed-icon) test_total[two items]  failed in its last run · test_cart.py
    (add) test_new  new · test_tax.py
    `),
  );
});

test("a row says its id and place, also to who hears it, and no state in its name", async () => {
  const { view } = viewOf(preview());
  const [first] = await rows(view);
  assert.ok(first);
  const item = view.getTreeItem(first) as unknown as TreeItem;

  assert.equal(item.tooltip, `${BAD}\n${CART}, line 5\nfailed in its last run`);
  assert.equal(item.label, "test_total[two items]");
  assert.equal(
    item.accessibilityInformation?.label,
    `1 of 2, test_total[two items], failed in its last run, ${CART}`,
  );
  assert.deepEqual(testsOfRow(first), { root: ROOT, ids: [BAD] });
});

test("a click opens the test, and its file where its line is not known", async () => {
  const { view } = viewOf(preview());

  for (const row of await rows(view)) await openTest(row);

  assert.deepEqual(
    shownDocuments.map(({ path }) => path),
    [`/shop/${CART}`, "/shop/tests/test_tax.py"],
  );
});

test("of thousands of tests some are asked for, and more when people want them", async () => {
  const { view, server } = viewOf(preview({ total: 10_000 }));

  assert.match(await renderPanel(view), /… and 9,998 more$/);
  view.showMore(ROOT);
  await renderPanel(view);

  assert.deepEqual(
    server.requests.map(({ params }) => (params as { limit: number }).limit),
    [500, 2000],
  );
});

test("an order that is not certain says so first", async () => {
  const { view } = viewOf(preview({ certain: false }));

  assert.match(await renderPanel(view), /^\(info\) The order may differ/);
});

test("the mode that was chosen is asked for and remembered", async () => {
  const memory = new FakeMemory();
  const { view, server } = viewOf(preview(), memory);
  answers.push("Stepwise");

  await view.selectMode();
  await renderPanel(view);

  assert.deepEqual(server.requests.at(-1)?.params, {
    root: ROOT,
    selection: { kind: "stepwise" },
    limit: 500,
  });
  assert.equal(new UpNext(server, memory).mode.label, "Stepwise");
  assert.equal(quickPicks[0]?.rows.length, 5);
});

test("each of several roots has a row, and what goes wrong is one", async () => {
  const { view } = viewOf(new Error("gone"));
  view.setRoots([root(), root("file:///bank", "bank")]);

  assert.equal(
    await renderPanel(view),
    block(`
    (folder) shop
      (warning) gone
    (folder) bank
      (warning) gone
    `),
  );
});

/** A view that asks anew each time it is told to, as VS Code lets it. */
function seen(t: TestContext): { view: UpNext; asked: () => number } {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const { view, server } = viewOf(preview());
  view.onDidChangeTreeData(() => {
    void view.getChildren();
  });
  return { view, asked: () => server.requests.length };
}

async function settle(t: TestContext): Promise<void> {
  t.mock.timers.tick(PAUSE);
  // The answer comes in the next turns.
  for (let turn = 0; turn < 5; turn += 1) await Promise.resolve();
}

test("many changes in a moment ask once", async (t) => {
  const { view, asked } = seen(t);

  for (let change = 0; change < 1000; change += 1) view.refreshing.ask();
  await settle(t);
  await settle(t);

  assert.equal(asked(), 1);
});

test("a view that is not seen asks for nothing, and once when it is seen again", async (t) => {
  const { view, asked } = seen(t);
  view.refreshing.setSeen(false);
  view.refreshing.ask();
  await settle(t);
  const before = asked();

  view.refreshing.setSeen(true);
  await settle(t);

  assert.deepEqual([before, asked()], [0, 1]);
});

test("changes that come while an answer is awaited ask once more, when it is there", async (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const answersLater: ((result: PreviewResult) => void)[] = [];
  const server = new FakeServer().answer(
    PREVIEW,
    () =>
      new Promise((resolve) => {
        answersLater.push(resolve);
      }),
  );
  const view = new UpNext(server, new FakeMemory());
  view.setRoots([root()]);
  view.onDidChangeTreeData(() => {
    void view.getChildren();
  });

  view.refreshing.ask();
  await settle(t);
  for (let change = 0; change < 10; change += 1) view.refreshing.ask();
  await settle(t);
  const during = server.requests.length;
  answersLater[0]?.(preview());
  await settle(t);
  await settle(t);

  assert.deepEqual([during, server.requests.length], [1, 2]);
});
