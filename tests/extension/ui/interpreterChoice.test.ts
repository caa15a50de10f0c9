import "../support/fakeVscode";

import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import type { Root } from "../../../extension/src/client/protocol.generated";
import type { Log } from "../../../extension/src/platform/log";
import { InterpreterChoice } from "../../../extension/src/ui/interpreterChoice";
import { InterpreterProblems } from "../../../extension/src/ui/interpreterProblems";
import { Uri, changeSetting, grantTrust, installed, messages, settings, workspace } from "../support/vscode";

const log = { info: () => undefined, warn: () => undefined, error: () => undefined } as unknown as Log;

let top = "";
let choice: InterpreterChoice;
let changes = 0;
let changed: () => void = () => undefined;

beforeEach(async () => {
  top = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "pytest-recall-")));
  settings.clear();
  installed.clear();
  messages.length = 0;
  workspace.isTrusted = true;
  for (const name of ["one", "two", "three"]) {
    await fs.mkdir(path.join(top, "shop/libs", name), { recursive: true });
  }
  open("shop");
  changes = 0;
  choice = new InterpreterChoice(log, () => {
    changes += 1;
    changed();
  });
});

afterEach(async () => {
  choice.dispose();
  workspace.isTrusted = true;
  workspace.workspaceFolders = [];
  await fs.rm(top, { recursive: true });
});

function uriOf(file: string): Uri {
  return Uri.file(path.join(top, file));
}

function open(...folders: readonly string[]): void {
  workspace.workspaceFolders = folders.map((name, index) => ({ uri: uriOf(name), name, index }));
}

function root(file: string): Root {
  const uri = uriOf(file).toString();
  return { uri, name: file.replace(/^shop\//u, ""), folder: uri, configFile: null, problems: [] };
}

/** A program that answers as a Python with this pytest, and notes where it was started. */
async function python(file: string, pytest: string | null = "9.2.0"): Promise<void> {
  const whole = path.join(top, file);
  await fs.mkdir(path.dirname(whole), { recursive: true });
  const answer = JSON.stringify({ version: [3, 12], pytest });
  await fs.writeFile(whole, `#!/bin/sh\necho "$0" >> '${top}/started'\necho '${answer}'\n`, { mode: 0o755 });
}

async function started(): Promise<string> {
  return fs.readFile(path.join(top, "started"), "utf8").catch(() => "");
}

/** Waits until the next look at the interpreters has ended. */
async function nextLook(cause: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    changed = resolve;
    cause();
  });
}

function problemsOf(several: boolean): InterpreterProblems {
  return new InterpreterProblems(
    () => choice.problems,
    () => several,
  );
}

/** What the server is told: the root, its Python or what is wrong, and the arguments. */
function told(): readonly string[] {
  return choice.params.map(({ root: uri, interpreter, args, trusted }) => {
    const name = uri == null ? "all" : path.relative(top, Uri.parse(uri).fsPath);
    const runs = interpreter.path === null ? "nothing" : path.relative(top, interpreter.path);
    return [name, runs, ...args, ...(trusted ? [] : ["untrusted"])].join(" ");
  });
}

test("each root has the Python and the arguments that hold where it lies", async () => {
  await python("shop/.venv/bin/python");
  await python("shop/libs/one/.venv/bin/python");
  await python("other/python");
  open("shop", "other");
  settings.set(`${uriOf("other").toString()} pytestRecall.interpreter`, "python");
  settings.set(`${uriOf("other").toString()} pytestRecall.args`, ["-x"]);

  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one", "shop/libs/two", "other", "other/in"].map(root));
  });

  assert.deepEqual(told(), [
    "all shop/.venv/bin/python",
    "shop shop/.venv/bin/python",
    "shop/libs/one shop/libs/one/.venv/bin/python",
    "shop/libs/two shop/.venv/bin/python",
    "other other/python -x",
    "other/in other/python -x",
  ]);
  // A Python of the workspace is asked once, for all roots that share it.
  assert.equal((await started()).split("shop/.venv/").length - 1, 1);
});

test("changed workers hold from the next run on, in all roots of their folder", async () => {
  await python("shop/.venv/bin/python");
  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one"].map(root));
  });
  const before = choice.params.map(({ workers }) => workers);

  await nextLook(() => {
    changeSetting(`${uriOf("shop").toString()} pytestRecall.workers`, 2);
  });

  assert.deepEqual(before, [null, null, null]);
  assert.deepEqual(
    choice.params.map(({ workers }) => workers),
    ["2", "2", "2"],
  );
});

test("the server is told of a changed environment without a reload, root by root", async () => {
  await python("shop/.venv/bin/python");
  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one"].map(root));
  });
  const before = choice.params.map(({ cwd, env, envFile }) => ({ cwd, env, envFile }));

  await nextLook(() => {
    changeSetting("pytestRecall.env", { A: "1" });
  });
  await nextLook(() => {
    changeSetting(`${uriOf("shop/libs/one").toString()} pytestRecall.cwd`, "data");
  });
  await nextLook(() => {
    changeSetting("python.envFile", "${workspaceFolder}/.env");
  });

  await nextLook(() => {
    changeSetting(`${uriOf("shop/libs/one").toString()} pytestRecall.warmStart`, false);
  });

  assert.deepEqual(
    choice.params.map(({ warmStart }) => warmStart),
    [true, true, false],
  );
  assert.deepEqual({ ...choice.options, root: null }, choice.params[0]);
  const nothing = { cwd: null, env: {}, envFile: null };
  assert.deepEqual(before, [nothing, nothing, nothing]);
  const told = { cwd: null, env: { A: "1" }, envFile: path.join(top, "shop/.env") };
  assert.deepEqual(
    choice.params.map(({ cwd, env, envFile }) => ({ cwd, env, envFile })),
    [told, told, { ...told, cwd: path.join(top, "shop/data") }],
  );
});

test("the extensions that manage environments are asked for each root", async () => {
  await python("envs/one");
  await python("envs/two");
  await python("shop/.venv/bin/python");
  const asked: Record<string, string> = { shop: "two", "shop/libs/one": "one" };
  const chosen = (uri: Uri | undefined): string | undefined => asked[path.relative(top, uri?.fsPath ?? "")];
  installed.set("ms-python.vscode-python-envs", {
    getEnvironment: (uri: Uri | undefined) => {
      const name = chosen(uri);
      const executable = path.join(top, "envs", name ?? "");
      return Promise.resolve(name === undefined ? undefined : { execInfo: { run: { executable } } });
    },
  });

  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one", "shop/libs/two"].map(root));
  });

  assert.deepEqual(told().slice(1), [
    "shop envs/two",
    "shop/libs/one envs/one",
    "shop/libs/two shop/.venv/bin/python",
  ]);
});

test("a setting that changes holds for its root without a reload", async () => {
  await python("shop/.venv/bin/python");
  await python("shop/libs/one/own");
  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one"].map(root));
  });

  await nextLook(() => {
    changeSetting("pytestRecall.interpreters", { "libs/one": "own" });
  });
  assert.deepEqual(told().slice(1), ["shop shop/.venv/bin/python", "shop/libs/one shop/libs/one/own"]);
  await nextLook(() => {
    changeSetting("pytestRecall.args", ["-q"]);
  });
  assert.deepEqual(told().slice(1), ["shop shop/.venv/bin/python -q", "shop/libs/one shop/libs/one/own -q"]);
});

test("roots that come and go are looked after, and those that stay as they are are not", async () => {
  await python("shop/.venv/bin/python");
  await nextLook(() => {
    choice.setRoots([root("shop")]);
  });

  await nextLook(() => {
    choice.setRoots([root("shop"), root("shop/libs/one")]);
  });
  assert.equal(told().length, 3);
  const before = changes;
  choice.setRoots([root("shop"), { ...root("shop/libs/one"), problems: ["odd"] }]);
  await choice.settled();
  assert.equal(changes, before);
});

test("the server runs on the first Python that can, of any folder", async () => {
  await python("other/.venv/bin/python");
  open("shop", "other");
  settings.set(`${uriOf("shop").toString()} pytestRecall.interpreter`, "gone");
  const search = process.env["PATH"];
  process.env["PATH"] = "";
  try {
    await choice.refresh();
  } finally {
    process.env["PATH"] = search;
  }

  assert.equal(choice.server, path.join(top, "other/.venv/bin/python"));
  // Until the roots are known the first folder speaks for all.
  assert.deepEqual(told(), ["all nothing"]);
});

test("in Restricted Mode no Python of any root is started; once it is trusted they are", async () => {
  await python("shop/.venv/bin/python");
  await python("shop/libs/one/.venv/bin/python");
  workspace.isTrusted = false;

  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one"].map(root));
  });
  assert.equal(await started(), "");
  assert.deepEqual(
    told(),
    ["all", "shop", "shop/libs/one"].map((name) => `${name} nothing untrusted`),
  );

  await nextLook(grantTrust);
  assert.deepEqual(told().slice(1), [
    "shop shop/.venv/bin/python",
    "shop/libs/one shop/libs/one/.venv/bin/python",
  ]);
});

test("what is wrong is told once for each root with tests, by its name, and the same thing in one sentence", async () => {
  await python("shop/.venv/bin/python", null);
  await python("shop/libs/two/.venv/bin/python");
  const problems = problemsOf(true);
  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one", "shop/libs/two"].map(root));
  });
  const text = `The virtual environment of the folder (${path.join(top, "shop/.venv/bin/python")}) has no pytest.`;

  await problems.tell();
  assert.deepEqual([problems.sentence, messages.length], [null, 0]);
  for (const name of ["shop", "shop/libs/one", "shop/libs/two"]) problems.hasTests(root(name).uri);
  await problems.tell();
  await problems.tell();
  assert.equal(problems.sentence, `shop: ${text}`);
  assert.deepEqual(
    messages.map((one) => one.text),
    [`shop, libs/one: ${text}`],
  );

  await nextLook(() => {
    choice.setRoots(["shop", "shop/libs/one", "shop/libs/two", "shop/libs/three"].map(root));
  });
  problems.hasTests(root("shop/libs/three").uri);
  await problems.tell();
  assert.deepEqual(
    messages.map((one) => one.text),
    [`shop, libs/one: ${text}`, `libs/three: ${text}`],
  );
});

test("of a single root what is wrong is told without its name", async () => {
  await python("shop/.venv/bin/python", null);
  await nextLook(() => {
    choice.setRoots([root("shop")]);
  });

  await problemsOf(false).tell();

  assert.match(messages[0]?.text ?? "", /^The virtual environment of the folder/u);
});
