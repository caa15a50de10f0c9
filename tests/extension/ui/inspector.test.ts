import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  CACHE_KEYS,
  CACHE_VALUE,
  type CacheEntry,
  type CacheKeysResult,
} from "../../../extension/src/client/protocol.generated";
import { CacheDocuments } from "../../../extension/src/ui/cacheDocuments";
import { documentUri, drawRow, sourceOf } from "../../../extension/src/ui/cacheRows";
import { Inspector } from "../../../extension/src/ui/inspector";
import { block, renderPanel } from "../support/draw";
import { ROOT, entry, root } from "../support/samples";
import { FakeServer } from "../support/server";

function serving(entries: readonly CacheEntry[], rest: Partial<CacheKeysResult> = {}): FakeServer {
  const values: Readonly<Record<string, string>> = {
    "cache/lastfailed": '{"t.py::test_a": true}',
    "cache/nodeids": '["t.py::test_a", "t.py::test_b"]',
    "cache/torn": '{"t.py',
  };
  return new FakeServer()
    .answer(CACHE_KEYS, () => ({ directory: ROOT, exists: true, writable: true, entries, ...rest }))
    .answer(CACHE_VALUE, ({ key }) => ({ text: values[key] ?? "null", problem: null }));
}

async function check(server: FakeServer, expected: string, roots = [root()]): Promise<void> {
  const inspector = new Inspector(server);
  inspector.setRoots(roots);

  const drawn = (await renderPanel(inspector)).replaceAll(/ · \d+ d ago/g, "");

  assert.equal(drawn, block(expected));
}

test("every key is a row, and its value a tree below it", async () => {
  await check(
    serving([entry("cache/nodeids", { size: 1536 }), entry("cache/lastfailed")]),
    `
    (json) cache/lastfailed  100 bytes
      t.py::test_a  true
    (json) cache/nodeids  1.5 KB
      t.py::test_a
      t.py::test_b
    `,
  );
});

test("files stand in their folders", async () => {
  await check(
    serving([entry("recall/runs/1.jsonl", { kind: "file" }), entry("recall/runs/2.jsonl", { kind: "file" })]),
    `
    (folder) recall/runs  2 files
      (file) 2.jsonl  100 bytes
      (file) 1.jsonl  100 bytes
    `,
  );
});

test("a key that cannot be read says why", async () => {
  await check(
    serving([entry("cache/nodeids", { problem: "It is not UTF-8." })]),
    `
    (warning) cache/nodeids  unreadable · 100 bytes
      (warning) It is not UTF-8.
    `,
  );
});

test("a value that is not JSON after all says so", async () => {
  const inspector = new Inspector(serving([entry("cache/torn")]));
  inspector.setRoots([root()]);

  assert.match(await renderPanel(inspector), /\(warning\) .*JSON/);
});

test("a cache that cannot be written says so above its keys", async () => {
  await check(
    serving([entry("cache/lastfailed")], { writable: false }),
    `
    (warning) The cache directory cannot be written to: pytest will not remember.
    (json) cache/lastfailed  100 bytes
      t.py::test_a  true
    `,
  );
});

test("each of several roots has a row", async () => {
  await check(
    serving([entry("cache/other")]),
    `
    (folder) shop
      (json) cache/other  100 bytes
        null
    (folder) bank
      (json) cache/other  100 bytes
        null
    `,
    [root(), root("file:///bank", "bank")],
  );
});

test("without a cache there are no rows, so that the welcome is shown", async () => {
  await check(serving([], { exists: false, writable: false }), "");
});

test("a server that does not answer is a row, not an empty panel", async () => {
  await check(
    new FakeServer().answer(CACHE_KEYS, () => Promise.reject(new Error("gone"))),
    `(warning) gone`,
  );
});

test("the document of a value names its root and its key", () => {
  const uri = documentUri("file:///a%20shop", entry("cache/lastfailed"));

  assert.match(uri.path, /\.json$/);
  assert.deepEqual(sourceOf(uri), { root: "file:///a%20shop", kind: "value", key: "cache/lastfailed" });
});

for (const key of ["plug/data.json", "plug/data", "plug/data.json.json"]) {
  for (const kind of ["value", "file"] as const) {
    test(`the document of the ${kind} ${key} asks for just that key`, async () => {
      const server = serving([]);
      const documents = new CacheDocuments(server);

      await documents.provideTextDocumentContent(documentUri(ROOT, entry(key, { kind })));

      assert.deepEqual(server.requests, [{ method: CACHE_VALUE, params: { root: ROOT, kind, key } }]);
    });
  }
}

test("a value and a file of the same key have documents and rows of their own", () => {
  const both = [
    entry("plug/data"),
    entry("plug/data.json", { kind: "file" }),
    entry("plug/data", { kind: "file" }),
  ];

  const uris = both.map((one) => documentUri(ROOT, one).toString());
  const ids = both.map((one) => drawRow({ kind: "key", root: ROOT, entry: one }, 0).id);

  assert.equal(new Set(uris).size, 3);
  assert.equal(new Set(ids).size, 3);
});
