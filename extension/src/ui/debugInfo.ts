/** Copies what a report of a fault needs to say. */

import * as os from "node:os";

import * as l10n from "@vscode/l10n";
import { env, extensions, version, window, workspace, type Extension } from "vscode";

import { STATUS } from "../client/protocol.generated";
import { messageOf } from "../platform/errors";
import { changedSettings } from "../platform/settings";
import { debugInfoText, type Facts } from "../state/debugInfo";
import type { Server } from "../state/server";

/** Extensions of which it matters whether they are there, too. */
const NEIGHBOURS = ["ms-python.python", "ms-python.debugpy", "ms-python.vscode-python-envs"];

export interface DebugInfoSources {
  readonly server: Server;
  /** Ours. */
  readonly extension: Extension<unknown>;
  /** The Python of each root, for people. */
  readonly pythons: Facts;
  /** The last lines of the log. */
  readonly log: readonly string[];
}

export async function copyDebugInfo({ server, extension, pythons, log }: DebugInfoSources): Promise<void> {
  const text = debugInfoText({
    versions: [...versionsOf(extension), ...pythons],
    settings: changedSettings(extension),
    status: await statusOf(server),
    log,
    home: os.homedir(),
  });
  await env.clipboard.writeText(text);
  window.setStatusBarMessage(`$(clippy) ${l10n.t("The debug info is copied, as Markdown")}`, 5000);
}

function versionsOf(extension: Extension<unknown>): Facts {
  const neighbours = NEIGHBOURS.flatMap((id): Facts => {
    const found = extensions.getExtension(id);
    return found === undefined ? [] : [[id, versionOf(found)]];
  });
  const remote = env.remoteName === undefined ? "" : ` (remote: ${env.remoteName})`;
  return [
    ["Pytest Recall", versionOf(extension)],
    ["VS Code", `${version}${remote}`],
    ["System", `${os.type()} ${os.release()} ${os.arch()}`],
    ["Trusted", workspace.isTrusted ? "yes" : "no: Restricted Mode"],
    ["Folders", String(workspace.workspaceFolders?.length ?? 0)],
    ...neighbours,
  ];
}

function versionOf({ packageJSON }: Extension<unknown>): string {
  const { version: own } = packageJSON as { readonly version?: unknown };
  return typeof own === "string" ? own : "?";
}

async function statusOf(server: Server): Promise<unknown> {
  try {
    return await server.request(STATUS, null);
  } catch (error) {
    return messageOf(error);
  }
}
