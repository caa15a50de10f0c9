/** Shows what was found in caches, or imported, as read-only documents. */

import { EventEmitter, Uri, window, workspace, type TextDocumentContentProvider } from "vscode";

import type { Root } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";

const SCHEME = "pytest-recall-report";
const CACHE = "Pytest cache";

export class CacheReports extends DisposableStore implements TextDocumentContentProvider {
  /** By URI: the last report. */
  readonly #texts = new Map<string, string>();
  readonly #changed = this.add(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor() {
    super();
    this.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /** Has `text` as the report on `root`, also where an earlier one with that title is shown. */
  update(root: Root, text: string, title = CACHE): void {
    const uri = uriOf(root, title);
    this.#texts.set(uri.toString(), text);
    this.#changed.fire(uri);
  }

  async show(root: Root, title = CACHE): Promise<void> {
    await window.showTextDocument(await workspace.openTextDocument(uriOf(root, title)), { preview: true });
  }

  provideTextDocumentContent(uri: Uri): string {
    return this.#texts.get(uri.toString()) ?? "";
  }
}

function uriOf({ name, uri }: Root, title: string): Uri {
  return Uri.from({ scheme: SCHEME, path: `/${title} of ${name}`, query: uri });
}
