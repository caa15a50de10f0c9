/** Shows what was found in caches as read-only documents. */

import { EventEmitter, Uri, window, workspace, type TextDocumentContentProvider } from "vscode";

import type { Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";

const SCHEME = "pytest-recall-report";

export class CacheReports extends DisposableStore implements TextDocumentContentProvider {
  /** By URI: the last report. */
  readonly #texts = new Map<string, string>();
  readonly #changed = this.add(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor() {
    super();
    this.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /** Has `text` as the report on `root`, also where an earlier one is shown. */
  update(root: Root, text: string): void {
    const uri = uriOf(root);
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  async show(root: Root): Promise<void> {
    await window.showTextDocument(await workspace.openTextDocument(uriOf(root)), { preview: true });
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#texts.get(uri.toString()) ?? "";
  }
}

function uriOf({ name, uri }: Root): Uri {
  return Uri.from({ scheme: SCHEME, path: `/Pytest cache of ${name}`, query: uri });
}
