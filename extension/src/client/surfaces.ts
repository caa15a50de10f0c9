/** What the server says in standard LSP, shown or not as the settings say, without a reload. */

import { workspace, type Diagnostic, type Disposable, type Uri } from "vscode";
import type { HandleDiagnosticsSignature, LanguageClient, Middleware } from "vscode-languageclient/node";

import { onDidChangeSurfaces, showsSurface } from "../platform/surfaces";

/** Diagnostics of one file, and how they are shown. */
interface Told {
  readonly uri: Uri;
  readonly diagnostics: Diagnostic[];
  readonly next: HandleDiagnosticsSignature;
}

export class Surfaces {
  /** What the server told last, by URI: it is shown when people want to see it again. */
  readonly #told = new Map<string, Told>();

  /** What the client asks before it shows anything. */
  get middleware(): Middleware {
    return {
      handleDiagnostics: (uri, diagnostics, next) => {
        const told = { uri, diagnostics, next };
        if (diagnostics.length === 0) this.#told.delete(uri.toString());
        else this.#told.set(uri.toString(), told);
        show(told);
      },
      provideCodeLenses: (document, token, next) =>
        showsSurface("codeLens", document.uri) ? next(document, token) : [],
      provideHover: (document, position, token, next) =>
        showsSurface("hover", document.uri) ? next(document, position, token) : null,
      provideCodeActions: (document, range, context, token, next) =>
        showsSurface("codeActions", document.uri) ? next(document, range, context, token) : [],
    };
  }

  /** Shows and hides what is there, each time the settings change. */
  follow(client: LanguageClient): Disposable {
    return onDidChangeSurfaces(() => {
      for (const told of this.#told.values()) show(told);
      const lenses = client.getFeature("textDocument/codeLens");
      const providers = workspace.textDocuments.map((document) => lenses.getProvider(document));
      // One serves all documents.
      for (const provider of new Set(providers)) provider?.onDidChangeCodeLensEmitter.fire();
    });
  }
}

function show({ uri, diagnostics, next }: Told): void {
  next(uri, showsSurface("diagnostics", uri) ? diagnostics : []);
}
