"""The messages about open documents."""

from __future__ import annotations

from lsprotocol import types

from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.standard import Standard
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.model.text import Edit


class Documents:
    """Hands on what becomes of documents."""

    def __init__(self, server: RecallServer, workspace: Workspace, standard: Standard) -> None:
        self._server = server
        self._workspace = workspace
        self._standard = standard

    def register(self) -> None:
        """Let the server answer."""
        on = self._server.on
        on(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        on(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        on(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        on(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        self._workspace.document_opened(document.uri, document.version, document.text)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        edits = [edit_of(change) for change in params.content_changes]
        self._workspace.document_changed(document.uri, document.version, edits)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._workspace.document_saved(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._workspace.document_closed(params.text_document.uri)
        self._standard.closed(params.text_document.uri)


def edit_of(change: types.TextDocumentContentChangeEvent) -> Edit | str:
    """Return one change of a document: an edit, or the whole text."""
    if isinstance(change, types.TextDocumentContentChangePartial):
        start, end = change.range.start, change.range.end
        return Edit(
            line=start.line,
            column=start.character,
            end_line=end.line,
            end_column=end.character,
            text=change.text,
        )
    return change.text
