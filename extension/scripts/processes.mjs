/** Start other programs: capture what they say, explain why they failed, end them whole. */
import { spawn } from "node:child_process";
import { accessSync, constants, readFileSync, readdirSync } from "node:fs";
import { delimiter, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

import { Problem } from "./problem.mjs";

/** @typedef {{ cwd?: string, env?: NodeJS.ProcessEnv, tell?: (text: string) => void }} RunOptions */

/**
 * Run a program to its end and return what it wrote to stdout and stderr.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<string>}
 * @throws {Problem} when it cannot be started or ends with another status than 0
 */
export async function run(program, args, options = {}) {
  const { status, output } = await tryRun(program, args, options);
  if (status !== 0) throw explain(program, args, status, output);
  return output;
}

/**
 * Run a program to its end, whatever its status.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 * @returns {Promise<{ status: number | string, output: string }>}
 */
export function tryRun(program, args, { cwd, env, tell } = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd, env: env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const hear = (/** @type {Buffer} */ chunk) => {
      const text = chunk.toString();
      output += text;
      const line = text.trimEnd().split("\n").at(-1)?.trim();
      if (line !== undefined && line !== "") tell?.(line);
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.on("error", (error) => {
      resolve({ status: error.message, output });
    });
    child.on("close", (code, signal) => {
      resolve({ status: code ?? signal ?? "unknown", output });
    });
  });
}

/**
 * Run a program that speaks to the user itself.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {{ cwd: string, env?: NodeJS.ProcessEnv }} options
 * @param {(child: import('node:child_process').ChildProcess) => void} [onStart]
 * @returns {Promise<number>} its status
 */
export function show(program, args, options, onStart) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { ...options, stdio: ["ignore", "inherit", "inherit"] });
    onStart?.(child);
    child.on("error", (error) => {
      reject(new Problem(`${program} cannot be started: ${error.message}`));
    });
    child.on("close", (code) => {
      resolve(code ?? 1);
    });
  });
}

const noNetwork =
  /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|NewConnectionError|Temporary failure|ProxyError|Connection to \S+ timed out|Max retries exceeded|\(from versions: none\)/;

/**
 * @param {string} program
 * @param {readonly string[]} args
 * @param {number | string} status
 * @param {string} output
 */
function explain(program, args, status, output) {
  const command = `${program} ${args.join(" ")}`;
  const tail = output.trimEnd().split("\n").slice(-25).join("\n");
  if (noNetwork.test(output)) {
    return new Problem(
      `A package registry cannot be reached; check the network or the proxy settings of npm and pip, then try again. (${command})`,
      tail,
    );
  }
  return new Problem(`This command ended with ${String(status)}: ${command}`, tail);
}

/**
 * The path of the first of *names* that PATH knows.
 * @param {readonly string[]} names
 * @returns {string | undefined}
 */
export function which(names) {
  const folders = (process.env["PATH"] ?? "").split(delimiter).filter((folder) => folder !== "");
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return candidates.find(isExecutable);
}

/** @param {string} path */
export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * End a process started with `detached: true` and everything below it.
 * @param {import('node:child_process').ChildProcess} child
 */
export async function endTree(child) {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const below = descendants(child.pid);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  signalProcess(-child.pid, "SIGTERM");
  await Promise.race([ended, delay(5000, undefined, { ref: false })]);
  // Grandchildren end by themselves once their parent is gone; what does not is ended here.
  const deadline = performance.now() + 5000;
  while (below.some(isAlive) && performance.now() < deadline) await delay(50);
  for (const pid of below.filter(isAlive)) signalProcess(pid, "SIGKILL");
  signalProcess(-child.pid, "SIGKILL");
}

/**
 * @param {number} pid a process, or a group when negative
 * @param {NodeJS.Signals} signal
 */
function signalProcess(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${String(pid)}/status`, "utf8"));
  } catch {
    return false;
  }
}

/**
 * Every process below *pid*, read from /proc; empty where there is none.
 * @param {number} pid
 * @returns {number[]}
 */
export function descendants(pid) {
  /** @type {Map<number, number[]>} */
  const children = new Map();
  for (const [process, parent] of readParents()) {
    children.set(parent, [...(children.get(parent) ?? []), process]);
  }
  /**
   * @param {number} above
   * @returns {number[]}
   */
  const below = (above) => (children.get(above) ?? []).flatMap((each) => [each, ...below(each)]);
  return below(pid);
}

/** @returns {[number, number][]} pairs of process and parent */
function readParents() {
  try {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        const parent = readParent(name);
        return parent === undefined ? [] : [/** @type {[number, number]} */ ([Number(name), parent])];
      });
  } catch {
    return [];
  }
}

/** @param {string} pid */
function readParent(pid) {
  try {
    // The program's name may hold spaces and brackets; the parent is the second word after it.
    const words = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.split(" ");
    return Number(words?.[1]);
  } catch {
    return undefined;
  }
}
