/** Keeps the choice of interpreters up to date and tells people, once, what is wrong with it. */

import { commands, window, workspace, type WorkspaceFolder } from "vscode";

import type { Interpreter, SetInterpreterParams } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import { choose, type Surroundings } from "../platform/interpreters";
import type { Log } from "../platform/log";
import { probe } from "../platform/probe";
import { PythonExtensions } from "../platform/pythonExtensions";
import { readSettings, touchesSettings } from "../platform/settings";
import { Coalesced } from "../state/coalesced";
import { NO_PYTHON, type Choice } from "../state/interpreters";
import { COMMANDS } from "./commandIds";
import { showInstallCommand } from "./installCommand";

const NOTHING: Choice = { runner: null, problem: NO_PYTHON, server: null };

export class InterpreterChoice extends DisposableStore {
  readonly #extensions: PythonExtensions;
  readonly #changed: () => void;
  readonly #log: Log;
  readonly #look = new Coalesced(() => this.#lookNow());
  #choice = NOTHING;
  #told: string | undefined;

  /** `changed` is called when interpreter, arguments or trust are no longer what they were. */
  constructor(log: Log, changed: () => void) {
    super();
    this.#log = log;
    this.#changed = changed;
    const refresh = (): void => {
      this.refresh().catch((error: unknown) => {
        log.error(`Looking for an interpreter failed: ${messageOf(error)}`);
      });
    };
    this.#extensions = this.add(new PythonExtensions(log, refresh));
    this.add(workspace.onDidGrantWorkspaceTrust(refresh));
    this.add(workspace.onDidChangeWorkspaceFolders(refresh));
    this.add(
      workspace.onDidChangeConfiguration((event) => {
        if (touchesSettings(event)) refresh();
      }),
    );
  }

  get current(): Choice {
    return this.#choice;
  }

  /** The folder whose interpreter counts. */
  get folder(): WorkspaceFolder | undefined {
    return workspace.workspaceFolders?.find(({ uri }) => uri.scheme === "file");
  }

  /** What the server is told. */
  get params(): SetInterpreterParams {
    const { runner, problem } = this.#choice;
    const interpreter: Interpreter = { path: runner, problem: problem?.text ?? null };
    return { interpreter, args: readSettings(this.folder).args, trusted: workspace.isTrusted };
  }

  /** Looks again; many wishes to look at once become one more look. */
  async refresh(): Promise<void> {
    await this.#look.run();
  }

  /** Tells people what is wrong; the same thing once, until it has changed. */
  async tell(): Promise<void> {
    const { problem } = this.#choice;
    if (problem === null || problem.kind === "untrusted" || this.#told === problem.text) return;
    this.#told = problem.text;
    await this.tellAgain();
  }

  /** Tells people what is wrong, because they asked for what cannot be. */
  async tellAgain(): Promise<void> {
    const { problem } = this.#choice;
    if (problem === null) return;
    if (problem.kind === "untrusted") return tellUntrusted();
    const select = "Select Interpreter…";
    const install = "Show Install Command";
    const offersInstall = problem.kind === "noPytest" || problem.kind === "oldPytest";
    const answer = await window.showErrorMessage(problem.text, select, ...(offersInstall ? [install] : []));
    if (answer === select) await commands.executeCommand(COMMANDS.selectInterpreter);
    if (answer === install) await showInstallCommand(problem.path);
  }

  async #lookNow(): Promise<void> {
    this.#choice = await choose(this.surroundings());
    const { runner, problem, server } = this.#choice;
    this.#log.info(
      `pytest: ${runner ?? problem?.text ?? "nothing"}; language server: ${server ?? "nothing"}`,
    );
    if (problem === null) this.#told = undefined;
    this.#changed();
  }

  /** All that the choice depends on, as it is now. */
  surroundings(): Surroundings {
    const { folder } = this;
    return {
      folder: folder?.uri.fsPath ?? "",
      workspace: (workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath),
      trusted: workspace.isTrusted,
      setting: readSettings(folder).interpreter,
      fromExtensions: () => this.#extensions.chosen(folder),
      environment: process.env,
      probe: (path) => probe(path, workspace.isTrusted ? folder?.uri.fsPath : undefined),
    };
  }
}

/** Why nothing is run, with the way to change it. */
export async function tellUntrusted(): Promise<void> {
  const manage = "Manage Workspace Trust";
  const answer = await window.showInformationMessage(
    "Tests are not run in Restricted Mode: running them executes the code of this folder.",
    manage,
  );
  if (answer === manage) await commands.executeCommand("workbench.trust.manage");
}
