import "../support/fakeVscode";

import assert from "node:assert/strict";
import { afterEach, test } from "node:test";

import {
  CACHE_CLEAR,
  CACHE_DELETE,
  CACHE_KEYS,
  CACHE_PRUNE,
  CACHE_UNDO,
  CACHE_VALUE,
  DOCTOR,
  FORGET,
} from "../../../extension/src/client/protocol.generated";
import { rowsOf } from "../../../extension/src/state/cacheTree";
import { copyCacheKey, copyCacheValue } from "../../../extension/src/ui/cacheCommands";
import { drawRow, type CacheRow } from "../../../extension/src/ui/cacheRows";
import { Panel } from "../../../extension/src/ui/panel";
import {
  clearCache,
  deleteKey,
  forgetFailure,
  pruneCache,
  undoLast,
} from "../../../extension/src/ui/removals";
import { renderPanel } from "../support/draw";
import { ROOT, checked, entry, finding, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { answers, copied, inputBoxes, messages, statusMessages, treeViews } from "../support/vscode";

const BAD = "t.py::test_bad";
const KEY: CacheRow = { kind: "key", root: ROOT, entry: entry("cache/lastfailed") };

function below(key: string, value: unknown): CacheRow {
  const [row] = rowsOf(value);
  if (row === undefined) throw new Error("there is no row");
  return { kind: "value", root: ROOT, key, row };
}

function serving({ undo = "change", left = [] as string[], dead = [] as string[] } = {}): FakeServer {
  const removal = { removed: dead.length === 0 ? 1 : dead.length, problem: null, undo };
  return new FakeServer()
    .answer(CACHE_CLEAR, () => removal)
    .answer(CACHE_DELETE, () => removal)
    .answer(CACHE_PRUNE, () => removal)
    .answer(FORGET, () => removal)
    .answer(DOCTOR, () =>
      checked({ findings: dead.length === 0 ? [] : [finding("v/x", { kind: "dead-ids", ids: dead })] }),
    )
    .answer(CACHE_UNDO, () => ({ what: "Cleared the cache", restored: 3, left }))
    .answer(CACHE_VALUE, ({ kind }) => ({ text: kind === "file" ? "file" : "value", problem: null }));
}

const asked = ({ requests }: FakeServer): string[] =>
  requests.map(({ method, params }) => `${method} ${JSON.stringify(params)}`);

afterEach(() => {
  for (const list of [answers, copied, inputBoxes, messages, statusMessages]) list.length = 0;
});

for (const [name, remove, question] of [
  [
    "clearing",
    (server: FakeServer) => clearCache(server, [root()], undefined),
    "Clear the pytest cache of shop?",
  ],
  ["deleting", (server: FakeServer) => deleteKey(server, KEY), "Delete cache/lastfailed from the cache?"],
  [
    "forgetting",
    (server: FakeServer) => forgetFailure(server, below("cache/lastfailed", { [BAD]: true })),
    `Forget that ${BAD} failed?`,
  ],
  [
    "pruning",
    (server: FakeServer) => pruneCache(server, [root()], undefined),
    "Forget 1 test that is gone from shop?",
  ],
] as const) {
  test(`${name} asks first, and nothing is done where people do not want it`, async () => {
    const server = serving({ dead: [BAD] });

    await remove(server);

    assert.equal(messages[0]?.text, question);
    assert.deepEqual(
      server.requests.filter(({ method }) => method !== DOCTOR),
      [],
    );
  });

  test(`${name} offers to be undone`, async () => {
    const server = serving({ dead: [BAD] });
    answers.push(messageButton(name), "Undo");

    await remove(server);

    assert.deepEqual(messages[1]?.buttons, ["Undo"]);
    assert.equal(asked(server).at(-1), `recall/cacheUndo {"root":"${ROOT}","undo":"change"}`);
    assert.match(statusMessages[0] ?? "", /Undone: Cleared the cache/);
  });
}

function messageButton(name: string): string {
  return { clearing: "Clear Cache", deleting: "Delete", forgetting: "Forget", pruning: "Prune" }[name] ?? "";
}

test("what was removed is just what the row stands for", async () => {
  const server = serving();
  answers.push("Delete", "", "Forget", "", "Forget", "");

  await deleteKey(server, { ...KEY, entry: entry("plug/data", { kind: "file" }) });
  await forgetFailure(server, below("recall/unfinished", { [BAD]: true }));
  // The key Delete is one for all rows.
  await deleteKey(server, below("cache/lastfailed", { [BAD]: true }));

  assert.deepEqual(asked(server), [
    `recall/cacheDelete {"root":"${ROOT}","key":"plug/data","kind":"file"}`,
    `recall/forget {"root":"${ROOT}","ids":["${BAD}"]}`,
    `recall/forget {"root":"${ROOT}","ids":["${BAD}"]}`,
  ]);
});

test("a cache without dead tests says that there is nothing to prune", async () => {
  const server = serving();

  await pruneCache(server, [root()], undefined);

  assert.match(messages[0]?.text ?? "", /^Nothing to prune/);
});

test("what was written anew meanwhile is named after undoing", async () => {
  await undoLast(serving({ left: ["d/plug/data"] }), [root()], undefined);

  assert.match(messages[0]?.text ?? "", /left as they are: d\/plug\/data$/);
});

test("commands of rows say what they need when they are called without one", async () => {
  const server = serving();

  await assert.rejects(deleteKey(server, undefined), /needs a key/);
  await assert.rejects(forgetFailure(server, KEY), /needs a failed test/);
  await assert.rejects(copyCacheKey(undefined), /needs a key/);
});

test("only tests below failures can be forgotten", () => {
  const contexts = [
    below("cache/lastfailed", { [BAD]: true }),
    below("cache/nodeids", [BAD]),
    below("recall/unfinished", { version: 1 }),
  ].map((row) => drawRow(row, 0).contextValue);

  assert.deepEqual(contexts, ["cacheValue.outstanding", "cacheValue", "cacheValue"]);
});

test("keys and values are copied, a file and a value of one name each as itself", async () => {
  const server = serving();

  await copyCacheKey(KEY);
  await copyCacheValue(server, { ...KEY, entry: entry("a", { kind: "file" }) });
  await copyCacheValue(server, below("a", { x: [1] }));

  assert.deepEqual(copied, ["cache/lastfailed", "file", "[\n  1\n]"]);
});

test("keys that do not match the filter are hidden, and the view says which filter holds", async () => {
  const keys = [entry("cache/lastfailed"), entry("plug/value")];
  const server = serving().answer(CACHE_KEYS, () => ({
    directory: ROOT,
    exists: true,
    writable: true,
    entries: keys,
  }));
  server.answer(CACHE_VALUE, () => ({ text: "1", problem: null }));
  const memory = { get: () => undefined, update: () => Promise.resolve() };
  const panel = new Panel(server, memory);
  panel.setRoots([root()]);
  answers.push(" cache/* ");

  await panel.cache.chooseFilter();

  assert.match(await renderPanel(panel.cache), /^\(json\) cache\/lastfailed.*\n {2}1$/);
  assert.equal(treeViews.get("pytestRecall.cache")?.description, "cache/*");
  panel.cache.setFilter("nothing");
  assert.equal(await renderPanel(panel.cache), "(filter) No key matches nothing");
  panel.cache.setFilter("");
  assert.match(await renderPanel(panel.cache), /plug\/value/);
  panel.dispose();
});
