/** Shows values of the cache as read-only documents that follow the cache. */

import { EventEmitter, Uri, workspace, type TextDocumentContentProvider } from "vscode";

import { CACHE_VALUE } from "../client/protocol.generated";
import { DisposableStore } from "../platform/disposables";
import { messageOf } from "../platform/errors";
import type { Server } from "../state/server";
import { SCHEME, sourceOf } from "./cacheRows";

export class CacheDocuments extends DisposableStore implements TextDocumentContentProvider {
  readonly #server: Server;
  readonly #changed = this.add(new EventEmitter<Uri>());
  readonly onDidChange = this.#changed.event;

  constructor(server: Server) {
    super();
    this.#server = server;
    this.add(workspace.registerTextDocumentContentProvider(SCHEME, this));
  }

  /** The cache of `root` has changed. */
  refresh(root: string): void {
    for (const { uri } of workspace.textDocuments) {
      if (uri.scheme === SCHEME && sourceOf(uri).root === root) this.#changed.fire(uri);
    }
  }

  async provideTextDocumentContent(uri: Uri): Promise<string> {
    try {
      const { text } = await this.#server.request(CACHE_VALUE, sourceOf(uri));
      return uri.path.endsWith(".json") ? indented(text) : text;
    } catch (error) {
      return messageOf(error);
    }
  }
}

/** What is not JSON is shown as it is. */
function indented(text: string): string {
  try {
    return `${JSON.stringify(JSON.parse(text), undefined, 2)}\n`;
  } catch {
    return text;
  }
}
