/** Asks, once in a workspace, how to get on with the Python extension's own support of pytest. */

import * as l10n from "@vscode/l10n";
import { extensions, window, workspace, type Memento } from "vscode";

import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import type { Log } from "../platform/log";
import {
  foldersWithPythonTesting,
  hideFromTestExplorer,
  readEnabled,
  readTestExplorer,
  switchPythonTestingOff,
  touchesPythonTesting,
} from "../platform/settings";

const PYTHON = "ms-python.python";
const ASKED = "pythonTesting.asked";

const SWITCH_OFF = l10n.t("Switch It Off Here");
const HIDE_OURS = l10n.t("Show Only Markers and Panel");
const KEEP = l10n.t("Keep Both");

const QUESTION = l10n.t(
  "The Python extension's own pytest support is on in this workspace too, so that each test stands in the Test Explorer twice.",
);

export class PythonTesting extends DisposableStore {
  readonly #memory: Memento;
  readonly #log: Log;
  #hasTests = false;
  #isAsking = false;

  /** `memory` is the workspace's. */
  constructor(memory: Memento, log: Log) {
    super();
    this.#memory = memory;
    this.#log = log;
    const look = (): void => {
      this.#look();
    };
    this.add(extensions.onDidChange(look));
    this.add(workspace.onDidGrantWorkspaceTrust(look));
    this.add(
      workspace.onDidChangeConfiguration((event) => {
        if (touchesPythonTesting(event)) look();
      }),
    );
  }

  /** Whether there are tests of pytest in this window: without any there is nothing to ask about. */
  setHasTests(has: boolean): void {
    this.#hasTests = has;
    this.#look();
  }

  #look(): void {
    this.#ask().catch((error: unknown) => {
      this.#log.error(`Getting on with the Python extension failed: ${messageOf(error)}`);
    });
  }

  async #ask(): Promise<void> {
    if (this.#isAsking || !this.#isInTheWay()) return;
    this.#isAsking = true;
    const answer = await window.showInformationMessage(QUESTION, SWITCH_OFF, HIDE_OURS, KEEP);
    // To send the question away is an answer, too.
    await this.#memory.update(ASKED, true);
    if (answer === SWITCH_OFF) await switchPythonTestingOff(foldersWithPythonTesting());
    if (answer === HIDE_OURS) await hideFromTestExplorer();
    this.#isAsking = false;
  }

  /** In Restricted Mode the Python extension is not there itself. */
  #isInTheWay(): boolean {
    return (
      this.#hasTests &&
      workspace.isTrusted &&
      readEnabled() &&
      readTestExplorer() &&
      !this.#memory.get<boolean>(ASKED, false) &&
      extensions.getExtension(PYTHON) !== undefined &&
      foldersWithPythonTesting().length > 0
    );
  }
}
