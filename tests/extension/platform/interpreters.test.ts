import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import { candidatesOf, choose, type Surroundings } from "../../../extension/src/platform/interpreters";
import { liesInside, onPath, resolveIn } from "../../../extension/src/platform/paths";
import { probe } from "../../../extension/src/platform/probe";
import type { Choice } from "../../../extension/src/state/interpreters";

let top = "";
let folder = "";

beforeEach(async () => {
  top = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "pytest-recall-")));
  folder = path.join(top, "shop");
  await fs.mkdir(folder);
});

afterEach(async () => {
  await fs.rm(top, { recursive: true });
});

/** A program that answers as a Python of this version with this pytest does. */
async function python(file: string, version = "[3, 12]", pytest: string | null = "9.2.0"): Promise<string> {
  const whole = path.join(top, file);
  await fs.mkdir(path.dirname(whole), { recursive: true });
  const answer = JSON.stringify({ version: JSON.parse(version) as unknown, pytest });
  await fs.writeFile(whole, `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
  return whole;
}

function around(rest: Partial<Surroundings> = {}): Surroundings {
  return {
    folder,
    above: [],
    workspace: [folder],
    trusted: true,
    setting: "",
    fromExtensions: () => Promise.resolve(undefined),
    environment: { PATH: path.join(top, "bin") },
    probe,
    ...rest,
  };
}

async function check(rest: Partial<Surroundings>, expected: Partial<Choice>): Promise<void> {
  const { problem, ...choice } = await choose(around(rest));
  assert.deepEqual({ ...choice, problem: problem?.kind ?? null }, { problem: null, ...expected });
}

test("the candidates are asked in their order", async () => {
  const files = [
    "bin/python",
    "bin/python3",
    "active/bin/python",
    "shop/venv/bin/python",
    "shop/.venv/bin/python",
  ];
  for (const file of files) await python(file);
  const chosen = await python("conda/bin/python");

  const found = await candidatesOf(
    around({
      setting: "~/python",
      fromExtensions: () => Promise.resolve(chosen),
      environment: { PATH: path.join(top, "bin"), VIRTUAL_ENV: path.join(top, "active") },
    }),
  );

  assert.deepEqual(
    found.map((one) => `${one.source} ${path.relative(top, one.path)}`),
    [
      `setting ${path.relative(top, path.join(os.homedir(), "python"))}`,
      "extension conda/bin/python",
      "folder shop/.venv/bin/python",
      "folder shop/venv/bin/python",
      "virtualEnv active/bin/python",
      "path bin/python3",
      "path bin/python",
    ],
  );
});

test("the first candidate runs pytest and the server", async () => {
  const venv = await python("shop/.venv/bin/python");
  await python("bin/python3");

  await check({}, { runner: venv, server: venv });
});

test("a root below the folder has its own virtual environment, else the nearest one above", async () => {
  const below = { folder: path.join(folder, "libs/prices"), above: [path.join(folder, "libs"), folder] };
  const outer = await python("shop/.venv/bin/python");
  await check(below, { runner: outer, server: outer });
  const middle = await python("shop/libs/venv/bin/python");
  await check(below, { runner: middle, server: middle });
  const own = await python("shop/libs/prices/.venv/bin/python");
  await check(below, { runner: own, server: own });

  await check({}, { runner: outer, server: outer });
});

test("a relative setting holds from the root, from above it, and at last from the folder", async () => {
  const below = { folder: path.join(folder, "libs"), above: [folder], setting: "env/python" };

  assert.deepEqual((await candidatesOf(around(below)))[0]?.path, path.join(folder, "env/python"));
  const outer = await python("shop/env/python");
  await check(below, { runner: outer, server: outer });
  const own = await python("shop/libs/env/python");
  await check(below, { runner: own, server: own });
  await check({ ...below, setting: "${workspaceFolder}/env/python" }, { runner: outer, server: outer });
});

test("a setting that names a missing path runs no other Python, but the server starts", async () => {
  await python("shop/.venv/bin/python");

  await check(
    { setting: "gone/python" },
    { runner: null, problem: "missing" as never, server: path.join(folder, ".venv/bin/python") },
  );
});

test("a virtual environment without pytest is named, not passed over", async () => {
  const venv = await python("shop/.venv/bin/python", "[3, 12]", null);
  await python("bin/python3");

  await check({}, { runner: null, problem: "noPytest" as never, server: venv });
});

test("a virtual environment whose Python is gone is named, not passed over", async () => {
  const other = await python("bin/python3");
  await fs.mkdir(path.join(folder, ".venv/bin"), { recursive: true });
  await fs.symlink(path.join(top, "gone"), path.join(folder, ".venv/bin/python"));

  await check({}, { runner: null, problem: "broken" as never, server: other });
});

test("a Python that is too old runs neither pytest nor the server", async () => {
  const old = await python("old/python", "[3, 9]");
  const other = await python("bin/python3");

  await check({ setting: old }, { runner: null, problem: "tooOld" as never, server: other });
});

test("a pytest that is too old is a problem", async () => {
  const old = await python("old/python", "[3, 12]", "7.4.4");

  await check({ setting: old }, { runner: null, problem: "oldPytest" as never, server: old });
});

test("of the Pythons on the path the first with pytest is taken", async () => {
  await python("bin/python3", "[3, 12]", null);
  const second = await python("bin/python");

  await check({}, { runner: second, server: second });
});

test("without any Python there is nothing to run", async () => {
  await check({}, { runner: null, problem: "none" as never, server: null });
});

test("a program that is no Python is a problem", async () => {
  const odd = path.join(top, "odd");
  await fs.writeFile(odd, "#!/bin/sh\necho hello\n", { mode: 0o755 });

  await check({ setting: odd }, { runner: null, problem: "broken" as never, server: null });
});

test("a Python that fails says why with its last line", async () => {
  const odd = path.join(top, "odd");
  await fs.writeFile(odd, "#!/bin/sh\necho first >&2\necho 'no encodings' >&2\nexit 1\n", { mode: 0o755 });

  assert.deepEqual(await probe(odd), { kind: "broken", message: "no encodings" });
});

test("in Restricted Mode nothing inside the workspace is started", async () => {
  const started = path.join(top, "started");
  const inside = path.join(folder, ".venv/bin/python");
  await python("shop/.venv/bin/python");
  await fs.writeFile(inside, `#!/bin/sh\ntouch ${started}\n`, { mode: 0o755 });
  const outside = await python("bin/python3");

  await check({ trusted: false }, { runner: null, problem: "untrusted" as never, server: outside });
  await assert.rejects(fs.access(started));
});

test("a link into the workspace lies inside it, and so does a link out of it", async () => {
  const inside = await python("shop/.venv/bin/python");
  const outside = await python("bin/python3");
  const linkIn = path.join(top, "link");
  const linkOut = path.join(folder, "python");
  await fs.symlink(inside, linkIn);
  await fs.symlink(outside, linkOut);

  const answers = await Promise.all(
    [inside, linkIn, linkOut, outside].map((one) => liesInside(one, [folder])),
  );

  assert.deepEqual(answers, [true, true, true, false]);
});

test("a folder whose name begins with dots lies inside the workspace as any other", async () => {
  const inside = await python("shop/..venv/bin/python");

  assert.equal(await liesInside(inside, [folder]), true);
});

test("a workspace that is opened through a link still holds its files", async () => {
  const inside = await python("shop/.venv/bin/python");
  const link = path.join(top, "linked");
  await fs.symlink(folder, link);

  assert.equal(await liesInside(inside, [link]), true);
});

test("relative entries of the path are not searched", async () => {
  await python("shop/python3");

  assert.deepEqual(await candidatesOf(around({ environment: { PATH: `.${path.delimiter}` } })), []);
});

test("settings may be relative or name the folder or the home", () => {
  assert.equal(resolveIn("/shop", "venv/bin/python"), "/shop/venv/bin/python");
  assert.equal(resolveIn("/shop", "${workspaceFolder}/x"), "/shop/x");
  assert.equal(resolveIn("/shop", "~/x"), path.join(os.homedir(), "x"));
  assert.equal(resolveIn("/shop", "/usr/bin/python3"), "/usr/bin/python3");
});

test("a real Python says its version", async () => {
  const real = await onPath("python3", process.env["PATH"] ?? "");
  assert(real !== undefined);

  const answer = await probe(real);

  assert.equal(answer.kind === "python" && answer.version[0], 3);
});
