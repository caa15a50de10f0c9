/** Shows what was found in caches, or imported, as read-only documents. */

import * as l10n from "@vscode/l10n";
import { EventEmitter, Uri, window, workspace, type TextDocumentContentProvider } from "vscode";

import type { Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";

const SCHEME = "pytest-recall-report";

/** What a report is about. */
export type Subject = "cache" | "imported";

export class CacheReports extends DisposableStore implements TextDocumentContentProvider {
  /** By URI: the last report. */
  readonly #texts = new Map<string, string>();
  readonly #changed = this.add(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor() {
    super();
    this.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /** Has `text` as the report on `root`, also where an earlier one on that subject is shown. */
  update(root: Root, text: string, subject: Subject = "cache"): void {
    const uri = uriOf(root, subject);
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  async show(root: Root, subject: Subject = "cache"): Promise<void> {
    await window.showTextDocument(await workspace.openTextDocument(uriOf(root, subject)), { preview: true });
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#texts.get(uri.toString()) ?? "";
  }
}

function uriOf({ name, uri }: Root, subject: Subject): Uri {
  const title =
    subject === "cache" ? l10n.t("Pytest cache of {0}", name) : l10n.t("Imported failures of {0}", name);
  return Uri.from({ scheme: SCHEME, path: `/${title}`, query: uri });
}
