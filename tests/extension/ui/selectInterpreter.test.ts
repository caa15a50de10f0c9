import "../support/fakeVscode";

import assert from "node:assert/strict";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { afterEach, beforeEach, test } from "node:test";

import type { Surroundings } from "../../../extension/src/platform/interpreters";
import type { Place } from "../../../extension/src/platform/places";
import { readSettings, writeInterpreter } from "../../../extension/src/platform/settings";
import { selectInterpreter, selectPlace } from "../../../extension/src/ui/selectInterpreter";
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

/** A root in the workspace folder. */
function placeIn(way: string): Place {
  const uri = Uri.file(path.join(folder, way));
  const opened = { uri: Uri.file(folder), name: "shop", index: 0 };
  return { root: uri.toString(), name: way || "shop", uri, folder: opened } as unknown as Place;
}

/** Lets people select; returns the descriptions of the Pythons that they are offered. */
async function select(trusted: boolean): Promise<readonly string[]> {
  const around: Surroundings = {
    folder,
    above: [],
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
  await selectInterpreter(around, placeIn(""));
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

test("of several roots people say which one they mean, the only one is not asked for", async () => {
  const places = [placeIn(""), placeIn("libs/prices")];
  answers.push("libs/prices");

  assert.equal(await selectPlace(places.slice(0, 1), () => ""), places[0]);
  assert.equal(await selectPlace(places, ({ name }) => `Python of ${name}`), places[1]);

  assert.deepEqual(
    quickPicks.at(-1)?.rows.map(({ label, description }) => `${label}: ${description ?? ""}`),
    ["shop: Python of shop", "libs/prices: Python of libs/prices"],
  );
});

test("what is chosen for a root below the folder holds there alone, and can be taken back", async () => {
  settings.set("pytestRecall.interpreter", "all/python");
  await writeInterpreter(placeIn("libs/prices"), "own/python");
  await writeInterpreter(placeIn("libs/cart"), "other/python");

  const now = (): readonly string[] =>
    ["", "libs/prices", "libs/cart"].map((way) => readSettings(placeIn(way)).interpreter);
  assert.deepEqual(now(), ["all/python", "own/python", "other/python"]);
  await writeInterpreter(placeIn("libs/prices"), "");
  assert.deepEqual(now(), ["all/python", "all/python", "other/python"]);
  await writeInterpreter(placeIn(""), "new/python");
  assert.deepEqual(now(), ["new/python", "new/python", "other/python"]);
});
