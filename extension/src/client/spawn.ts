/** Starts the server's process and sees to it that it ends. */

import { spawn, type ChildProcessWithoutNullStreams } from "node:child_process";
import { once } from "node:events";
import * as os from "node:os";

export type ServerChild = ChildProcessWithoutNullStreams;

/** What to start. */
export interface ServerCommand {
  readonly python: string;
  /** Absolute path of `start_server.py`. */
  readonly script: string;
}

const PATIENCE = 2000;

/** Rejects where the process cannot be started. */
export async function startProcess({ python, script }: ServerCommand): Promise<ServerChild> {
  // Launchers that choose a Python by the folder they are called in are to choose the one that was probed.
  const options = { cwd: os.homedir(), windowsHide: true };
  const child = spawn(python, ["-I", "-X", "utf8", script], options);
  // A server that is gone makes writes fail; its end is noticed where it is read.
  child.stdin.on("error", () => undefined);
  await once(child, "spawn");
  return child;
}

/** Waits for a process that was asked to end, and kills it where it does not. */
export async function ended(child: ServerChild): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const timer = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  try {
    await once(child, "exit");
  } finally {
    clearTimeout(timer);
  }
}
