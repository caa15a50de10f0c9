import "../support/fakeVscode";

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { placeOfRoot, type Place } from "../../../extension/src/platform/places";
import { readSettings, touchesSettings } from "../../../extension/src/platform/settings";
import { root } from "../support/samples";
import { Uri, changeSetting, settings, workspace } from "../support/vscode";

const SHOP = "file:///home/ada/shop";
const PYTHON = {
  "python.testing.pytestArgs": ["tests", "--base=${workspaceFolder}"],
  "python.testing.cwd": "${workspaceFolder}/sub",
  "python.envFile": "${workspaceFolder}/.env",
};

beforeEach(() => {
  settings.clear();
  workspace.workspaceFolders = [{ uri: Uri.parse(SHOP), name: "shop", index: 0 }];
});

function place(uri = SHOP): Place {
  return placeOfRoot(root(uri));
}

function set(values: Readonly<Record<string, unknown>>): void {
  for (const [name, value] of Object.entries(values)) settings.set(name, value);
}

/** All that a run depends on but the interpreter. */
function conditions(where = place()): unknown {
  const { args, cwd, env, envFile, envFileOptional } = readSettings(where);
  return { args, cwd, env, envFile, envFileOptional };
}

test("without any setting pytest runs as in a terminal", () => {
  assert.deepEqual(conditions(), { args: [], cwd: null, env: {}, envFile: null, envFileOptional: true });
});

test("runs are warm unless that is turned off, be it for one folder", () => {
  const other = "file:///home/ada/other";
  assert.equal(readSettings(place()).warmStart, true);

  settings.set(`${other} pytestRecall.warmStart`, false);

  assert.equal(readSettings(place()).warmStart, true);
  assert.equal(readSettings(place(other)).warmStart, false);
});

test("a project that is set up for the Python extension needs nothing", () => {
  set(PYTHON);

  assert.deepEqual(conditions(), {
    args: ["tests", "--base=/home/ada/shop"],
    cwd: "/home/ada/shop/sub",
    env: {},
    envFile: "/home/ada/shop/.env",
    envFileOptional: true,
  });
});

test("what is set for us counts alone, and an environment file has to be there then", () => {
  set({
    ...PYTHON,
    "pytestRecall.args": ["-x", "${workspaceFolder}"],
    "pytestRecall.cwd": "other",
    "pytestRecall.env": { A: "${workspaceFolder}:b", B: null, C: 3 },
    "pytestRecall.envFile": "conf/.env",
  });

  assert.deepEqual(conditions(), {
    args: ["-x", "/home/ada/shop"],
    cwd: "/home/ada/shop/other",
    env: { A: "/home/ada/shop:b", B: null },
    envFile: "/home/ada/shop/conf/.env",
    envFileOptional: false,
  });
});

test("an empty setting of ours turns off what the Python extension says", () => {
  set({ ...PYTHON, "pytestRecall.args": [], "pytestRecall.cwd": "", "pytestRecall.envFile": "" });

  assert.deepEqual(conditions(), { args: [], cwd: null, env: {}, envFile: null, envFileOptional: false });
});

test("a root below the folder has its environment file, but not its arguments and folder", () => {
  set(PYTHON);

  assert.deepEqual(conditions(place(`${SHOP}/libs/prices`)), {
    args: [],
    cwd: null,
    env: {},
    envFile: "/home/ada/shop/.env",
    envFileOptional: true,
  });
});

test("each folder has its own settings", () => {
  const other = "file:///home/ada/other";
  workspace.workspaceFolders = [SHOP, other].map((uri, index) => ({
    uri: Uri.parse(uri),
    name: uri,
    index,
  }));
  set({ "pytestRecall.cwd": "a", [`${other} pytestRecall.cwd`]: "b" });

  assert.deepEqual(
    [readSettings(place()).cwd, readSettings(place(other)).cwd],
    ["/home/ada/shop/a", "/home/ada/other/b"],
  );
});

test("values of the wrong kind count as none", () => {
  set({
    "python.testing.cwd": null,
    "pytestRecall.args": "-x",
    "pytestRecall.env": "A=b",
    "pytestRecall.envFile": 3,
  });

  assert.deepEqual(conditions(), { args: [], cwd: null, env: {}, envFile: null, envFileOptional: false });
});

test("workers are what pytest-xdist understands, and none where that is not said", () => {
  const given = [undefined, "off", "auto", "logical", 4, "4", 0, -1, 1.5, "many", true];

  const read = given.map((value) => {
    settings.clear();
    if (value !== undefined) set({ "pytestRecall.workers": value });
    return readSettings(place()).workers;
  });

  const none = [null, null, null, null];
  assert.deepEqual(read, [null, null, "auto", "logical", "4", "4", "0", ...none]);
});

test("our settings and those that are borrowed are looked at again, and no others", () => {
  const touched: string[] = [];
  const names = [
    "pytestRecall.env",
    "python.testing.pytestArgs",
    "python.testing.cwd",
    "python.envFile",
    "python.analysis.typeCheckingMode",
    "editor.fontSize",
  ];
  for (const name of names) {
    const listener = workspace.onDidChangeConfiguration((event) => {
      if (touchesSettings(event)) touched.push(name);
    });
    changeSetting(name, undefined);
    listener.dispose();
  }

  assert.deepEqual(touched, names.slice(0, 4));
});
