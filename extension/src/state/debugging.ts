/** What a debugger is told to start. */

import type { DebugLaunch } from "../client/protocol.generated";

/** What debugs: the Python Debugger extension, or the debugpy that the interpreter has. */
export type Debugger =
  | { readonly kind: "extension" }
  /** `adapter`: absolute path of what starts its debug adapter. */
  | { readonly kind: "debugpy"; readonly adapter: string };

/** The type of the sessions of the Python Debugger extension, and of ours; as in package.json. */
export const DEBUG_TYPES = { extension: "debugpy", debugpy: "pytestRecall" } as const;

/** A session as VS Code wants it described; `pytestRecall` is the token by which we know it again. */
export interface Configuration {
  readonly type: string;
  readonly name: string;
  readonly request: "launch";
  readonly pytestRecall: string;
  readonly [member: string]: unknown;
}

/** `justMyCode` of null leaves it to the debugger; `folder` is that of our plugin, which nobody debugs. */
export function configurationOf(
  launch: DebugLaunch,
  { kind }: Debugger,
  { token, name, justMyCode }: { token: string; name: string; justMyCode: boolean | null },
): Configuration {
  const { interpreter, program, args, cwd, env } = launch;
  return {
    type: DEBUG_TYPES[kind],
    name,
    request: "launch",
    pytestRecall: token,
    python: interpreter,
    debugAdapterPython: interpreter,
    debugLauncherPython: interpreter,
    program,
    args,
    cwd,
    env,
    // Its variables are in `env` already, and the extension would read another one.
    envFile: "",
    console: "internalConsole",
    // Nobody but the extension would attach to processes that tests start, and they would wait for it.
    subProcess: kind === "extension",
    rules: [{ path: `${program.replace(/[^/\\]*$/u, "")}**`, include: false }],
    ...(justMyCode === null ? {} : { justMyCode }),
  };
}

/** A message of the debug adapter protocol, as far as it matters here. */
export interface DapMessage {
  readonly type?: string;
  readonly event?: string;
  readonly body?: { readonly category?: string; readonly output?: string };
}

/** What the program printed, if that is what a message tells. */
export function outputOf({ type, event, body }: DapMessage): string | undefined {
  const isPrinted = body?.category === "stdout" || body?.category === "stderr";
  return type === "event" && event === "output" && isPrinted ? body.output : undefined;
}
