import "../support/fakeVscode";

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import { onDidChangeMarkerParts, readMarkerParts } from "../../../extension/src/platform/markerSettings";
import { placeOfRoot } from "../../../extension/src/platform/places";
import {
  readEnabled,
  readNotifyAfter,
  readSettings,
  readTestExplorer,
  touchesPresence,
  touchesSettings,
} from "../../../extension/src/platform/settings";
import { onDidChangeSurfaces, showsSurface } from "../../../extension/src/platform/surfaces";
import { ROOT, root } from "../support/samples";
import { Uri, changeSetting, settings, workspace } from "../support/vscode";

interface Setting {
  readonly type: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly default: unknown;
}

const { contributes } = JSON.parse(
  fs.readFileSync(path.resolve(__dirname, "../../../package.json"), "utf8"),
) as {
  readonly contributes: {
    readonly configuration: { readonly properties: Readonly<Record<string, Setting>> };
  };
};

/** Some other value than the default. */
function otherValue(name: string, { type, enum: values, default: value }: Setting): unknown {
  if (values !== undefined) return values.find((one) => one !== value);
  if (name === "pytestRecall.interpreters") return { "": "/other/python" };
  if (type === "boolean") return value !== true;
  if (type === "array") return ["--other"];
  if (type === "object") return { OTHER: "x" };
  return type === "number" || Array.isArray(type) ? 7 : "/other";
}

/** All that is ever read of settings, as it is now. */
function everything(): string {
  const uri = Uri.parse(ROOT) as never;
  const surfaces = (["codeLens", "hover", "codeActions", "diagnostics"] as const).map((one) =>
    showsSurface(one, uri),
  );
  return JSON.stringify([
    readSettings(placeOfRoot(root())),
    readNotifyAfter(),
    readEnabled(),
    readTestExplorer(),
    readMarkerParts(),
    surfaces,
  ]);
}

for (const [name, setting] of Object.entries(contributes.configuration.properties)) {
  test(`${name} takes effect without a reload`, () => {
    settings.clear();
    workspace.workspaceFolders = [{ uri: Uri.parse(ROOT), name: "shop", index: 0 }];
    const before = everything();
    const told: string[] = [];
    const listeners = [
      workspace.onDidChangeConfiguration((event) => {
        if (touchesSettings(event)) told.push("interpreters, and the server");
        if (touchesPresence(event)) told.push("what is there at all");
      }),
      onDidChangeMarkerParts(() => told.push("markers")),
      onDidChangeSurfaces(() => told.push("surfaces")),
    ];

    changeSetting(name, otherValue(name, setting));
    for (const listener of listeners) listener.dispose();

    assert.notEqual(everything(), before, "nothing reads it");
    assert.notDeepEqual(told, [], "nobody is told that it has changed");
  });
}
