/** Asks a Python what it is, by one short process that imports nothing of the user's. */

import { execFile } from "node:child_process";
import * as os from "node:os";

import * as l10n from "@vscode/l10n";

import type { Probe } from "../state/interpreters";
import { stands } from "./paths";

const TIMEOUT = 10_000;

// pytest is looked up, not imported: its import takes longer than all the rest.  Python 2 must be able to answer too.
const QUESTION = `
import json, sys
try:
    from importlib.metadata import version
    pytest = version("pytest")
except Exception:
    pytest = None
print(json.dumps({"version": list(sys.version_info[:2]), "pytest": pytest}))
`;

/** `cwd` matters to launchers that choose a Python by the folder they are called in. */
export async function probe(path: string, cwd = os.homedir()): Promise<Probe> {
  if (!(await stands(path))) return { kind: "missing" };
  return new Promise((resolve) => {
    const options = { timeout: TIMEOUT, cwd, windowsHide: true };
    execFile(path, ["-I", "-c", QUESTION], options, (error, stdout, stderr) => {
      resolve(error === null ? answerOf(stdout) : { kind: "broken", message: reasonOf(error, stderr) });
    });
  });
}

function answerOf(stdout: string): Probe {
  const broken: Probe = { kind: "broken", message: l10n.t("it does not answer as Python does.") };
  try {
    const answer: unknown = JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
    if (!isAnswer(answer)) return broken;
    const [major = 0, minor = 0] = answer.version;
    return { kind: "python", version: [major, minor], pytest: answer.pytest };
  } catch {
    return broken;
  }
}

interface Answer {
  readonly version: readonly number[];
  readonly pytest: string | null;
}

function isAnswer(value: unknown): value is Answer {
  if (typeof value !== "object" || value === null) return false;
  if (!("version" in value && Array.isArray(value.version) && "pytest" in value)) return false;
  return value.pytest === null || typeof value.pytest === "string";
}

function reasonOf(error: Error & { readonly killed?: boolean }, stderr: string): string {
  if (error.killed === true) return l10n.t("it did not answer within 10 seconds.");
  const last = stderr.trim().split("\n").at(-1) ?? "";
  return last === "" ? (error.message.split("\n")[0] ?? error.message) : last;
}
