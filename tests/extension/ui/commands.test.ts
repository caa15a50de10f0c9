import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { COMMANDS } from "../../../extension/src/ui/commandIds";
import { registerCommands, type Actions } from "../../../extension/src/ui/commands";
import type { CommandName, Facts } from "../../../extension/src/ui/guards";
import { commands, messages, settings, workspace } from "../support/vscode";

const NAMES = Object.keys(COMMANDS) as CommandName[];
const ALL: Facts = { isServerRunning: true, roots: 1, runs: 1 };

/** Commands that help to find out what is wrong work whatever there is. */
const ALWAYS = ["showLog", "copyDebugInfo"];

/** Commands that show or stop what is there already, or say themselves that it is not there. */
const WITHOUT_TESTS = [
  "stepwiseStop",
  "cancelRun",
  "copyCommandLine",
  "showUpNext",
  "showRuns",
  "showCache",
  "selectInterpreter",
  "restartServer",
];

beforeEach(() => {
  settings.clear();
  messages.length = 0;
  workspace.isTrusted = true;
});

/** Calls every command as a key binding would; returns those that did something, and what was said of the others. */
async function callAll(
  facts: Facts,
): Promise<{ done: readonly string[]; said: ReadonlyMap<string, string> }> {
  const done: string[] = [];
  const said = new Map<string, string>();
  const actions = Object.fromEntries(
    NAMES.map((name) => [name, () => void done.push(name)]),
  ) as unknown as Actions;
  const log = { info: () => undefined, warn: () => undefined, error: () => undefined, show: () => undefined };
  const registered = registerCommands(actions, () => facts, log);
  for (const name of NAMES) {
    messages.length = 0;
    await commands.executeCommand(COMMANDS[name]);
    const [message] = messages;
    if (message !== undefined) said.set(name, message.text);
  }
  registered.dispose();
  return { done, said };
}

function without(names: readonly string[]): readonly string[] {
  return NAMES.filter((name) => !names.includes(name));
}

test("with all that they need, all commands do what they are for and say nothing", async () => {
  const { done, said } = await callAll(ALL);

  assert.deepEqual(done, NAMES);
  assert.equal(said.size, 0);
});

test("each command that finds no tests says so in a sentence", async () => {
  const { done, said } = await callAll({ ...ALL, roots: 0 });

  assert.deepEqual([...said.keys()], without([...ALWAYS, ...WITHOUT_TESTS]));
  assert.deepEqual(new Set(said.values()), new Set(["There are no pytest tests in this window."]));
  assert.deepEqual(
    done,
    NAMES.filter((name) => !said.has(name)),
  );
});

test("each command that needs the server says that it is not running", async () => {
  const { said } = await callAll({ ...ALL, isServerRunning: false });

  assert.deepEqual([...said.keys()], without([...ALWAYS, ...WITHOUT_TESTS]));
  assert.match([...said.values()].join(), /^(The Pytest Recall server is not running yet\.,?)+$/);
});

test("in Restricted Mode each command that runs something says why it does not", async () => {
  workspace.isTrusted = false;

  const { done, said } = await callAll(ALL);

  const runs = NAMES.filter((name) =>
    /^(re)?run|^debug|^stepwise(Start|Skip|Reset)|^toggle|^collect/iu.test(name),
  );
  assert.deepEqual([...said.keys()], runs);
  assert.match([...said.values()].join(), /^(Tests are not run in Restricted Mode: [^.]+\.,?)+$/);
  assert.deepEqual(
    done,
    NAMES.filter((name) => !runs.includes(name)),
  );
});

test("switched off, all but the log and the debug info say how to switch it on", async () => {
  settings.set("pytestRecall.enabled", false);

  const { done, said } = await callAll(ALL);

  assert.deepEqual(done, ALWAYS);
  assert.match([...said.values()].join(), /^(Pytest Recall is switched off here: [^.]+\.enabled[^.]+\.,?)+$/);
});

test("a run that is not under way cannot be cancelled, and run on save needs the explorer", async () => {
  settings.set("pytestRecall.testExplorer", false);

  const { said } = await callAll({ ...ALL, runs: 0 });

  assert.deepEqual([...said.keys()], ["cancelRun", "toggleRunOnSave"]);
});
