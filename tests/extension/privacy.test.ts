/** Nothing leaves the machine: no source of the extension can reach a network, or tells VS Code's telemetry. */

import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { test } from "node:test";

import * as ts from "typescript";

const SOURCES = path.resolve(__dirname, "../../extension/src");

/** Modules of Node that open connections. */
const MODULES = new Set([
  "dgram",
  "dns",
  "dns/promises",
  "http",
  "http2",
  "https",
  "inspector",
  "net",
  "tls",
]);
/** Names that reach a network, or hand something to what does. */
const NAMES = new Set(
  "EventSource RTCPeerConnection WebSocket XMLHttpRequest createTelemetryLogger fetch openExternal sendBeacon".split(
    " ",
  ),
);
/** What the extension may import beside Node's modules and its own files: none of them sends anything by itself. */
const PACKAGES = new Set(["vscode", "@vscode/l10n", "vscode-languageclient", "vscode-languageclient/node"]);

/** What in *text* can reach a network. */
function reaches(text: string): readonly string[] {
  const imported = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  const names: string[] = [];
  const look = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && NAMES.has(node.text)) names.push(node.text);
    ts.forEachChild(node, look);
  };
  look(ts.createSourceFile("source.ts", text, ts.ScriptTarget.Latest));
  return [...imported.filter(isForeign), ...names];
}

function isForeign(module: string): boolean {
  if (module.startsWith("node:")) return MODULES.has(module.slice("node:".length));
  return !module.startsWith(".") && !PACKAGES.has(module);
}

test("no source of the extension reaches a network", () => {
  const files = fs.readdirSync(SOURCES, { recursive: true, encoding: "utf8" });
  const sources = files.filter((name) => name.endsWith(".ts"));
  const found = sources.map((name) => [name, reaches(fs.readFileSync(path.join(SOURCES, name), "utf8"))]);

  assert.ok(sources.length > 100);
  assert.deepEqual(
    found.filter(([, what]) => what?.length !== 0),
    [],
  );
});

test("a way to a network is noticed", () => {
  const ways = {
    'import * as https from "node:https";': "node:https",
    'import { request } from "http";': "http",
    'const net = await import("node:net");': "node:net",
    'const tls = require("node:tls");': "node:tls",
    'import axios from "axios";': "axios",
    'await fetch("https://example.org");': "fetch",
    'await globalThis.fetch("https://example.org");': "fetch",
    "const logger = env.createTelemetryLogger(sender);": "createTelemetryLogger",
  };
  for (const [source, what] of Object.entries(ways)) assert.deepEqual(reaches(source), [what]);
});

test("what stays on the machine is no way", () => {
  for (const source of [
    'import * as fs from "node:fs";',
    'import { x } from "./net";',
    'import type { Uri } from "vscode";',
  ])
    assert.deepEqual(reaches(source), []);
});
