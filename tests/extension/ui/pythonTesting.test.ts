import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import type { Memento } from "vscode";

import { PythonTesting } from "../../../extension/src/ui/pythonTesting";
import {
  Uri,
  answers,
  changeSetting,
  grantTrust,
  install,
  installed,
  messages,
  settings,
  workspace,
} from "../support/vscode";

const PYTHON = "ms-python.python";
const ENABLED = "python.testing.pytestEnabled";
const log = {
  info: () => undefined,
  warn: () => undefined,
  error: (text: string) => assert.fail(text),
  show: () => undefined,
};

beforeEach(() => {
  settings.clear();
  installed.clear();
  messages.length = 0;
  answers.length = 0;
  workspace.isTrusted = true;
  workspace.workspaceFolders = [{ uri: Uri.parse("file:///shop"), name: "shop", index: 0 }];
});

/** What a workspace remembers. */
function memory(): Memento {
  const values = new Map<string, unknown>();
  return {
    get: (key: string, otherwise?: unknown) => values.get(key) ?? otherwise,
    update: (key: string, value: unknown) => Promise.resolve(void values.set(key, value)),
    keys: () => [...values.keys()],
  } as Memento;
}

/** Everything that was begun has been done. */
const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

async function asked(remembered = memory()): Promise<number> {
  const testing = new PythonTesting(remembered, log);
  testing.setHasTests(true);
  await settled();
  testing.dispose();
  return messages.length;
}

test("the question comes once in a workspace, also where it is sent away", async () => {
  install(PYTHON, {});
  settings.set(ENABLED, true);
  const remembered = memory();

  assert.equal(await asked(remembered), 1);
  assert.equal(await asked(remembered), 1);
  assert.equal(await asked(), 2);
  assert.deepEqual(messages[0]?.buttons, ["Switch It Off Here", "Show Only Markers and Panel", "Keep Both"]);
});

test("nothing is asked where the extension is absent, its support is off, or ours is not shown", async () => {
  settings.set(ENABLED, true);
  assert.equal(await asked(), 0);

  install(PYTHON, {});
  settings.set(ENABLED, false);
  assert.equal(await asked(), 0);

  settings.set(ENABLED, true);
  settings.set("pytestRecall.testExplorer", false);
  assert.equal(await asked(), 0);
});

test("nothing is asked before there are tests and trust", async () => {
  install(PYTHON, {});
  settings.set(ENABLED, true);
  workspace.isTrusted = false;
  const testing = new PythonTesting(memory(), log);

  testing.setHasTests(true);
  await settled();
  assert.equal(messages.length, 0);

  grantTrust();
  await settled();
  assert.equal(messages.length, 1);
  testing.dispose();
});

test("it is asked as soon as the support is switched on", async () => {
  install(PYTHON, {});
  const testing = new PythonTesting(memory(), log);
  testing.setHasTests(true);
  await settled();
  assert.equal(messages.length, 0);

  changeSetting(ENABLED, true);
  await settled();

  assert.equal(messages.length, 1);
  testing.dispose();
});

test("the answers do what they say, and keeping both does nothing", async () => {
  install(PYTHON, {});
  for (const [answer, python, ours] of [
    ["Switch It Off Here", false, undefined],
    ["Show Only Markers and Panel", true, false],
    ["Keep Both", true, undefined],
  ] as const) {
    settings.clear();
    settings.set(ENABLED, true);
    answers.push(answer);

    await asked();

    assert.deepEqual(
      [settings.get(ENABLED), settings.get("pytestRecall.testExplorer")],
      [python, ours],
      answer,
    );
  }
});
