"""Says in standard LSP, for any editor, what ``recall/*`` notifications say: it sees them all."""

from __future__ import annotations

import asyncio

from lsprotocol import types

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.diagnostics import Diagnostics
from pytest_recall_server.lsp.progress import Progress
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.tasks import Coalesced, repeat, spawn_task

_SOON, _AT_LATEST = 0.05, 0.5
# Of thousands of failures each round looks at all.
_SHARE = 0.05
# The ages in code lenses are told in minutes.
_AGES_EVERY = 60.0


class Standard:
    """Diagnostics, progress, and the news that code lenses are others."""

    def __init__(self, server: RecallServer) -> None:
        self._server = server
        self.progress = Progress(server)
        self._diagnostics = Diagnostics(server.text_document_publish_diagnostics)
        self._telling = Coalesced("tell diagnostics", self._tell, _SOON, _AT_LATEST, share=_SHARE)
        self._refreshes = False
        self._lenses_differ = False
        self._aging: asyncio.Task[None] | None = None

    def serve(self, capabilities: types.ClientCapabilities) -> None:
        """Take note of what the client can."""
        self.progress.serve(capabilities)
        lenses = capabilities.workspace.code_lens if capabilities.workspace else None
        self._refreshes = bool(lenses and lenses.refresh_support)
        if self._refreshes:
            aging = repeat(self._refresh, "refresh ages", _AGES_EVERY)
            self._aging = spawn_task(aging, "refresh ages")

    def send(self, method: str, params: object) -> None:
        """Send one of our notifications, and see to the standard ones that follow from it."""
        self._server.send(method, params)
        if isinstance(params, protocol.RunEventsParams):
            self.progress.see(params)
        if self._diagnostics.see(params):
            # With an edit, a client asks for lenses by itself.
            self._lenses_differ |= not isinstance(params, protocol.MarkersParams)
            self._telling.ask()

    def closed(self, uri: str) -> None:
        """Take note that a document was closed."""
        self._diagnostics.closed(uri)
        self._telling.ask()

    async def _tell(self) -> None:
        self._diagnostics.tell()
        if self._lenses_differ:
            self._lenses_differ = False
            await self._refresh()

    async def _refresh(self) -> None:
        if self._refreshes:
            # The answer says nothing, and a client may be slow to give it.
            self._server.workspace_code_lens_refresh(None)

    def stop(self) -> None:
        """End all work."""
        self._telling.stop()
        if self._aging is not None:
            self._aging.cancel()
