/** What can be done with a run of the Runs view. */

import * as l10n from "@vscode/l10n";
import { EventEmitter, Uri, env, window, workspace, type TextDocumentContentProvider } from "vscode";

import { RUN_REPORT, RUN_TESTS, type NamedTests, type PastRun } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { HumanError, messageOf } from "../platform/errors";
import { selectionOf } from "../state/pastRuns";
import type { Server } from "../state/server";

const SCHEME = "pytest-recall-run";

interface RowOfRun {
  readonly root: string;
  readonly run: PastRun;
}

/** The run of a row; anybody may call a command with anything. */
function runOf(row: unknown): RowOfRun {
  // The panel gives its rows; anybody else may give anything.
  const given = row as (RowOfRun & { readonly kind?: unknown }) | null | undefined;
  if (given?.kind === "run") return given;
  throw new HumanError(l10n.t("This command needs a run: choose one in the Runs view of the Recall panel."));
}

/** The tests that failed in a run. */
export async function failuresOfRun(server: Server, row: unknown): Promise<NamedTests> {
  const { root, run } = runOf(row);
  const params = { root, run: run.id, outcomes: ["failed", "error"], limit: 0 };
  const { tests } = await server.request(RUN_TESTS, params);
  if (tests.length === 0) throw new HumanError(l10n.t("No test has failed in this run."));
  return { root, ids: tests.map(({ id }) => id) };
}

export async function copyRunCommand(row: unknown): Promise<void> {
  const { command } = runOf(row).run;
  if (command === null)
    throw new HumanError(l10n.t("The command line of this run is not known: it ran tests that were named."));
  await env.clipboard.writeText(command);
  window.setStatusBarMessage(`$(clippy) ${l10n.t("The command line of the run is copied")}`, 5000);
}

/** Shows why tests failed in runs, as read-only documents. */
export class RunReports extends DisposableStore implements TextDocumentContentProvider {
  readonly #server: Server;
  readonly onDidChange = this.add(new EventEmitter<Uri>()).event;

  constructor(server: Server) {
    super();
    this.#server = server;
    this.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  async show(row: unknown): Promise<void> {
    const { root, run } = runOf(row);
    const query = JSON.stringify({ root, run: run.id });
    const uri = Uri.from({ scheme: SCHEME, path: `/${selectionOf(run)} ${run.id.slice(0, 15)}.txt`, query });
    await window.showTextDocument(await workspace.openTextDocument(uri), { preview: true });
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    try {
      // Nothing but `show` makes these.
      const params = JSON.parse(uri.query) as { readonly root: string; readonly run: string };
      return (await this.#server.request(RUN_REPORT, params)).text;
    } catch (error) {
      return messageOf(error);
    }
  }
}
