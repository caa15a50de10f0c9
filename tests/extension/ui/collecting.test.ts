import "../support/fakeVscode";

import assert from "node:assert/strict";
import { test } from "node:test";

import { COLLECT, type CollectResult } from "../../../extension/src/client/protocol.generated";
import { collectQuietly, collectTests } from "../../../extension/src/ui/collecting";
import { ROOT, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { progressTitles, statusMessages } from "../support/vscode";

const BANK = "file:///bank";

function serverWith(results: Readonly<Record<string, Partial<CollectResult>>>): FakeServer {
  return new FakeServer().answer(COLLECT, (params) => {
    const nothing = { tests: 0, errors: 0, cancelled: false, problem: null };
    return { ...nothing, ...results[params.root] };
  });
}

test("all roots are collected, and what was found is said in one sentence", async () => {
  const server = serverWith({ [ROOT]: { tests: 40 }, [BANK]: { tests: 2, errors: 1 } });

  await collectTests(server, [root(), root(BANK, "bank")]);

  assert.deepEqual(
    server.requests.map(({ params }) => params),
    [{ root: ROOT }, { root: BANK }],
  );
  assert.equal(progressTitles.at(-1), "Collecting tests");
  assert.equal(statusMessages.at(-1), "$(warning) 42 tests collected, 1 error");
});

test("one test is one test", async () => {
  await collectQuietly(serverWith({ [ROOT]: { tests: 1 } }), ROOT);

  assert.equal(statusMessages.at(-1), "$(check) 1 test collected");
});

test("a collection that was cancelled says nothing", async () => {
  const said = statusMessages.length;

  await collectTests(serverWith({ [ROOT]: { tests: 3, cancelled: true } }), [root()]);

  assert.equal(statusMessages.length, said);
});

test("why nothing could be collected is told", async () => {
  const server = serverWith({ [ROOT]: { problem: "Python has no pytest." } });

  await assert.rejects(collectTests(server, [root()]), { message: "Python has no pytest." });
});
