import "../support/fakeVscode";

import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import type { WorkspaceFolder } from "vscode";

import type { Surroundings } from "../../../extension/src/platform/interpreters";
import { selectInterpreter } from "../../../extension/src/ui/selectInterpreter";
import { Uri, answers, chosenFiles, quickPicks, settings } from "../support/vscode";

let top = "";
let folder = "";
let probed: string[] = [];

beforeEach(async () => {
  top = await fs.realpath(await fs.mkdtemp(path.join(os.tmpdir(), "pytest-recall-")));
  folder = path.join(top, "shop");
  probed = [];
  settings.clear();
  for (const file of ["shop/.venv/bin/python", "shop/.venv/bin/python3", "bin/python"]) await program(file);
  // A link from outside into the workspace, and a folder that is one.
  await fs.mkdir(path.join(top, "active/bin"), { recursive: true });
  await fs.symlink(path.join(folder, ".venv/bin/python"), path.join(top, "active/bin/python"));
  await fs.symlink(path.join(folder, ".venv/bin"), path.join(top, "linked"));
});

afterEach(async () => {
  await fs.rm(top, { recursive: true });
});

async function program(file: string): Promise<void> {
  const whole = path.join(top, file);
  await fs.mkdir(path.dirname(whole), { recursive: true });
  await fs.writeFile(whole, "#!/bin/sh\n", { mode: 0o755 });
}

/** Lets people select; returns the descriptions of the Pythons that they are offered. */
async function select(trusted: boolean): Promise<readonly string[]> {
  const around: Surroundings = {
    folder,
    workspace: [folder],
    trusted,
    setting: "",
    fromExtensions: () => Promise.resolve(path.join(folder, ".venv/bin/python3")),
    environment: {
      PATH: ["linked", "bin"].map((one) => path.join(top, one)).join(path.delimiter),
      VIRTUAL_ENV: path.join(top, "active"),
    },
    probe: (file) => {
      probed.push(path.relative(top, file));
      return Promise.resolve({ kind: "python", version: [3, 12], pytest: "9.2.0" });
    },
  };
  await selectInterpreter(around, { uri: Uri.file(folder) } as unknown as WorkspaceFolder);
  return (quickPicks.at(-1)?.rows ?? []).flatMap(({ description }) => description ?? []);
}

test("every Python that was found is offered with what it says of itself", async () => {
  const offered = await select(true);

  assert.deepEqual(
    offered.map((one) => one.replace(top, "")),
    [
      "pytest 9.2.0 · .venv/bin/python3",
      "pytest 9.2.0 · .venv/bin/python",
      "pytest 9.2.0 · /active/bin/python",
      "pytest 9.2.0 · /linked/python3",
      "pytest 9.2.0 · /linked/python",
    ],
  );
});

test("in Restricted Mode no Python of the workspace is started or offered, also through links", async () => {
  await fs.rm(path.join(top, "linked"));

  const offered = await select(false);

  assert.deepEqual(probed, ["bin/python"]);
  assert.deepEqual(offered, [`pytest 9.2.0 · ${path.join(top, "bin/python")}`]);
  assert.match(quickPicks.at(-1)?.placeHolder ?? "", /not started in Restricted Mode/);
});

test("in Restricted Mode a link on the path into the workspace is no way around", async () => {
  await select(false);

  assert.deepEqual(probed, []);
});

test("in Restricted Mode a file that is looked for on disk is stored and not started", async () => {
  answers.push("Browse");
  chosenFiles.push(Uri.file(path.join(folder, ".venv/bin/python")));

  await select(false);

  assert.equal(settings.get("pytestRecall.interpreter"), path.join(".venv", "bin", "python"));
  assert.equal(
    probed.some((one) => one.startsWith("shop")),
    false,
  );
});
