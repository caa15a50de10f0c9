import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import type { Uri as RealUri } from "vscode";

import { DOCTOR, type DoctorResult, type Root } from "../../../extension/src/client/protocol.generated";
import { checkCache } from "../../../extension/src/ui/cacheCheck";
import { CacheReports } from "../../../extension/src/ui/cacheReports";
import { ROOT, checked, entry, finding, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { answers, messages, quickPicks, shownDocuments } from "../support/vscode";

const BANK = "file:///bank";
const DAMAGED = checked({ findings: [finding("v/cache/lastfailed")] });
const MENDED = checked({
  repairs: [{ finding: finding("v/cache/lastfailed"), done: "2 node ids saved", error: null }],
});

beforeEach(() => {
  for (const told of [messages, answers, quickPicks, shownDocuments]) told.length = 0;
});

/** Checks a cache that is as the results say before and after a repair; returns what the server was asked. */
async function check(
  before: DoctorResult,
  {
    after = MENDED,
    roots = [root()],
    row,
  }: { after?: DoctorResult; roots?: readonly Root[]; row?: unknown } = {},
): Promise<{ asked: unknown[]; reports: CacheReports }> {
  const server = new FakeServer().answer(DOCTOR, ({ repair }) => (repair ? after : before));
  const reports = new CacheReports();
  await checkCache(server, roots, reports, row);
  return { asked: server.requests.map(({ params }) => params), reports };
}

/** What the shown report says now. */
function textOf(reports: CacheReports): string {
  const [shown] = shownDocuments;
  assert(shown !== undefined);
  return reports.provideTextDocumentContent(shown as unknown as RealUri);
}

test("a sound cache is told with its counts and nothing is changed", async () => {
  const { asked } = await check(checked());

  assert.deepEqual(asked, [{ root: ROOT, repair: false }]);
  assert.deepEqual(messages, [
    {
      text: "The pytest cache of shop is sound: 15 known tests, 2 failed, 0 unfinished, 3 runs.",
      buttons: [],
    },
  ]);
});

test("a repair is offered, done when asked for, and told of", async () => {
  answers.push("Repair");

  const { asked } = await check(DAMAGED);

  assert.deepEqual(asked, [
    { root: ROOT, repair: false },
    { root: ROOT, repair: true },
  ]);
  assert.deepEqual(messages[0]?.buttons, ["Repair", "Show Details"]);
  assert.match(messages[1]?.text ?? "", /^1 problem of .* was repaired\. It is sound now/);
});

test("nothing is repaired that was not asked for", async () => {
  const { asked } = await check(DAMAGED);

  assert.deepEqual(asked, [{ root: ROOT, repair: false }]);
});

test("the details are a document, and the repair is still offered beside it", async () => {
  answers.push("Show Details");

  const { reports } = await check(DAMAGED);

  assert.deepEqual(messages[1]?.buttons, ["Repair"]);
  assert.match(textOf(reports), /\/shop\/\.pytest_cache\n[^]*Problems\n {2}v\/cache\/lastfailed\n/);
});

test("details that are shown say after a repair what was done", async () => {
  answers.push("Show Details", "Repair");

  const { reports } = await check(DAMAGED);

  assert.match(textOf(reports), /Repaired\n {2}v\/cache\/lastfailed\n/);
  assert.equal(shownDocuments.length, 1);
});

test("what cannot be repaired offers no repair", async () => {
  await check(checked({ findings: [finding("v/x", { remedy: null })] }));

  assert.deepEqual(messages[0]?.buttons, ["Show Details"]);
});

test("a row of the Cache panel says which of several caches is meant", async () => {
  const roots = [root(), root(BANK, "bank")];

  const { asked } = await check(checked(), { roots, row: { kind: "key", root: BANK, entry: entry("x") } });

  assert.deepEqual(asked, [{ root: BANK, repair: false }]);
  assert.equal(quickPicks.length, 0);
});

test("of several caches people choose one", async () => {
  answers.push("bank");

  const { asked } = await check(checked(), { roots: [root(), root(BANK, "bank")] });

  assert.deepEqual(asked, [{ root: BANK, repair: false }]);
});
