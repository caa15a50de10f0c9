/** Looks for what can debug Python. */

import { execFile } from "node:child_process";
import * as os from "node:os";
import * as path from "node:path";

import { extensions } from "vscode";

import type { Debugger } from "../state/debugging";

export const PYTHON_DEBUGGER = "ms-python.debugpy";

const TIMEOUT = 10_000;

// Where it lies, without importing it; the folder that `-c` looks into first is nobody's choice.
const QUESTION = `
import sys
sys.path.pop(0)
from importlib.util import find_spec
found = find_spec("debugpy")
print(found.origin if found and found.origin else "")
`;

/** The Python Debugger extension, else the debugpy of `interpreter`, else undefined. */
export async function findDebugger(interpreter: string): Promise<Debugger | undefined> {
  if (extensions.getExtension(PYTHON_DEBUGGER) !== undefined) return { kind: "extension" };
  const origin = await askForDebugpy(interpreter);
  return origin === "" ? undefined : { kind: "debugpy", adapter: path.join(path.dirname(origin), "adapter") };
}

function askForDebugpy(interpreter: string): Promise<string> {
  const options = { timeout: TIMEOUT, cwd: os.homedir(), windowsHide: true };
  return new Promise((resolve) => {
    execFile(interpreter, ["-c", QUESTION], options, (error, stdout) => {
      resolve(error === null ? (stdout.trim().split(/\r?\n/u).at(-1) ?? "") : "");
    });
  });
}
