import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import type { TestController as RealController } from "vscode";

import { FAILURES, type FailurePlace } from "../../../extension/src/client/protocol.generated";
import { Explorer } from "../../../extension/src/ui/explorer";
import { goToFailure } from "../../../extension/src/ui/failureSteps";
import { ROOT, change, failurePlace, file, lines, node, root } from "../support/samples";
import { FakeServer } from "../support/server";
import { TestController, missingFiles, peeked, putCursor, statusMessages, window } from "../support/vscode";

beforeEach(() => {
  peeked.length = 0;
  statusMessages.length = 0;
  missingFiles.clear();
  putCursor(undefined);
});

function scene(failures: readonly FailurePlace[]): { server: FakeServer; explorer: Explorer } {
  const explorer = new Explorer(new TestController() as unknown as RealController, () => undefined);
  const of = (path: string): string[] =>
    failures.map(({ id }) => id).filter((id) => id.startsWith(`${path}::`));
  const files = ["tests/a.py", "tests/b.py"].map((path) =>
    file(
      path,
      of(path).map((id) => node(id, { range: lines(1, 2) })),
    ),
  );
  explorer.setRoots([root()]);
  explorer.apply(change(1, { reset: true, files }));
  return { server: new FakeServer().answer(FAILURES, () => ({ failures: [...failures] })), explorer };
}

function place(): string {
  const editor = window.activeTextEditor;
  return `${editor?.document.uri.toString() ?? ""}:${String(editor?.selection.active.line)}`;
}

const A = failurePlace("tests/a.py::test_a", 7, { message: "assert 1 == 2" });
const B = failurePlace("tests/b.py::test_b", 4);

test("the failing line is opened, the failure is shown there, and where one is is said", async () => {
  const { server, explorer } = scene([A, B]);

  await goToFailure(server, explorer, "next");

  assert.equal(place(), `${ROOT}/tests/a.py:7`);
  assert.deepEqual(peeked, ["pytestRecall tests tests/a.py tests/a.py::test_a"]);
  assert.deepEqual(statusMessages, ["$(testing-failed-icon) 1 of 2 · assert 1 == 2"]);

  await goToFailure(server, explorer, "next");
  await goToFailure(server, explorer, "next");

  assert.equal(place(), `${ROOT}/tests/a.py:7`);
  assert.equal(statusMessages.at(-1), "$(testing-failed-icon) 1 of 2 · assert 1 == 2 · from the first again");

  await goToFailure(server, explorer, "previous");

  assert.equal(place(), `${ROOT}/tests/b.py:4`);
  assert.equal(statusMessages.at(-1), "$(testing-failed-icon) 2 of 2 · assert 0 · from the last again");
});

test("a failure whose line has changed is opened but not shown as it was", async () => {
  const { server, explorer } = scene([{ ...A, outdated: true }]);

  await goToFailure(server, explorer, "next");

  assert.equal(place(), `${ROOT}/tests/a.py:7`);
  assert.deepEqual(peeked, []);
});

test("where the tests are not in the explorer, the line alone is opened", async () => {
  const { server, explorer } = scene([A]);
  explorer.show(false);
  await goToFailure(server, explorer, "next");

  assert.equal(place(), `${ROOT}/tests/a.py:7`);
  assert.deepEqual(peeked, []);
});

test("a file that is gone is passed over, and without any other people are told", async () => {
  const { server, explorer } = scene([A, B]);
  missingFiles.add(`${ROOT}/tests/a.py`);

  await goToFailure(server, explorer, "next");
  assert.equal(place(), `${ROOT}/tests/b.py:4`);

  missingFiles.add(`${ROOT}/tests/b.py`);
  await assert.rejects(goToFailure(server, explorer, "next"), /None of the failed tests has a place/);
});

test("without failures a quiet word is all", async () => {
  const { server, explorer } = scene([]);

  await goToFailure(server, explorer, "next");

  assert.deepEqual(statusMessages, ["$(testing-passed-icon) No failed test to go to"]);
});
