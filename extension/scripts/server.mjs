/** A running VS Code server: start it on a free loopback port with its own settings, end it whole. */
import { spawn } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { dist, vsix } from "./paths.mjs";
import { Problem } from "./problem.mjs";
import { endTree, run } from "./processes.mjs";
import { contentsOf, stampedStep } from "./steps.mjs";
import { vscode } from "./vscode.mjs";

/** @typedef {{ readonly address: string, readonly pid: number, readonly ended: Promise<unknown>, readonly end: () => Promise<void> }} Server */

/**
 * What a server stands on: a folder for its data and the user's settings;
 * *asksForTrust* keeps Restricted Mode, which is otherwise switched off;
 * *extensions* is a folder with other ones than ours alone.
 * @typedef {{ dataDir: string, settings: Record<string, unknown>, asksForTrust?: boolean, extensions?: string }} ServerOptions
 */

/** Settings that keep everything but the project out of the window. */
const quietSettings = {
  "workbench.colorTheme": "Default Dark Modern",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.ignoreRecommendations": true,
  "testing.gutterEnabled": true,
};

/** The folder with our extension installed, shared by every server. */
export const extensionsDir = join(dist, "extensions");

/** Install our .vsix, as a user does, unless just this one is installed. */
export async function ensureExtensionInstalled() {
  const stamp = join(extensionsDir, ".stamp");
  await stampedStep("Extension in VS Code", stamp, contentsOf([vsix]), async (tell) => {
    rmSync(extensionsDir, { recursive: true, force: true });
    const folders = ["--extensions-dir", extensionsDir, "--user-data-dir", join(dist, "install")];
    await run(vscode.node, [vscode.commandLine, ...folders, "--install-extension", vsix], { tell });
    rmSync(join(dist, "install"), { recursive: true, force: true });
  });
}

/**
 * Start a server and wait until it listens.
 * @param {ServerOptions} options
 * @returns {Promise<Server>}
 */
export async function startServer({ dataDir, settings, asksForTrust = false, extensions = extensionsDir }) {
  const machine = join(dataDir, "data", "Machine");
  mkdirSync(machine, { recursive: true });
  writeFileSync(join(machine, "settings.json"), JSON.stringify({ ...quietSettings, ...settings }, null, 2));
  const args = [
    "--host",
    "127.0.0.1",
    "--port",
    "0",
    "--without-connection-token",
    "--accept-server-license-terms",
  ];
  args.push("--server-data-dir", dataDir, "--extensions-dir", extensions, "--telemetry-level", "off");
  if (!asksForTrust) args.push("--disable-workspace-trust");
  // A process group of its own: Ctrl-C then reaches only us, and we end the whole tree in order.
  const child = spawn(vscode.node, [vscode.serverMain, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    env: serverEnvironment(),
  });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const address = await listening(child);
  return { address, pid: child.pid ?? 0, ended, end: () => endTree(child) };
}

/**
 * What npm tells its scripts is not for the programs of the window: a test would see it.
 * @returns {NodeJS.ProcessEnv}
 */
function serverEnvironment() {
  return Object.fromEntries(
    Object.entries(process.env).filter(([key]) => !/^npm_|^INIT_CWD$|^NODE_OPTIONS$|^NODE_ENV$/i.test(key)),
  );
}

/**
 * @param {import('node:child_process').ChildProcessByStdio<null, import('node:stream').Readable, import('node:stream').Readable>} child
 * @returns {Promise<string>} the address that the server says it listens on
 */
function listening(child) {
  return new Promise((resolve, reject) => {
    let output = "";
    const hear = (/** @type {Buffer} */ chunk) => {
      output += chunk.toString();
      const port = /listening on (\d+)/.exec(output)?.[1];
      if (port !== undefined) resolve(`http://127.0.0.1:${port}`);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", reject);
    child.on("exit", () => {
      reject(new Problem("The VS Code server ended before it listened.", output));
    });
  });
}
