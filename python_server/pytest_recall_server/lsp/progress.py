"""How far the runs of commands are, as work done progress, where a client shows that."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.tasks import spawn_task

logger = logging.getLogger(__name__)

_EVERY = 0.1
"""Seconds between reports, at least: some clients redraw with each."""
_BAD = ("failed", "error")


class Going:
    """Runs that a client is shown as one piece of work."""

    def __init__(self, runs: Iterable[str], cancel: Callable[[], object]) -> None:
        """Take the tokens of the runs, and what ends them."""
        self.token = str(uuid.uuid4())
        self.cancel = cancel
        self.is_shown = False
        self.is_over = False
        self.told_at = 0.0
        self._selected: dict[str, int] = dict.fromkeys(runs, 0)
        self._finished: dict[tuple[str, str], bool] = {}
        """Run and test → it has failed; with plugins that rerun tests the last word counts."""

    def see(self, run: str, params: protocol.RunEventsParams) -> bool:
        """Take what happened in one of the runs; tell whether it belongs to this work."""
        if run not in self._selected:
            return False
        self._selected[run] = params.selected or self._selected[run]
        for event in params.events:
            if event.kind == "finished" and event.record is not None:
                self._finished[run, event.record.id] = event.record.outcome in _BAD
        return True

    def report(self) -> types.WorkDoneProgressReport | None:
        """Return how far the runs are; None: nothing is known yet."""
        total, done = sum(self._selected.values()), len(self._finished)
        if not total:
            return None
        failed = sum(self._finished.values())
        message = f"{done}/{total}" + (f", {failed} failed" if failed else "")
        percentage = min(100 * done // total, 100)
        return types.WorkDoneProgressReport(message=message, percentage=percentage)


class Progress:
    """All work that a client is shown."""

    def __init__(self, server: RecallServer) -> None:
        self._server = server
        self._is_shown = False
        self._going: dict[str, Going] = {}

    def register(self) -> None:
        """Register what a client says of it."""
        self._server.on(types.WINDOW_WORK_DONE_PROGRESS_CANCEL, self._cancel)

    def serve(self, capabilities: types.ClientCapabilities) -> None:
        """Take note of what the client can."""
        window = capabilities.window
        self._is_shown = bool(window and window.work_done_progress)

    def begin(self, going: Going) -> None:
        """Show *going* from now on."""
        if self._is_shown:
            self._going[going.token] = going
            # A run does not wait for a client that is slow to answer.
            spawn_task(self._show(going), "show progress")

    async def _show(self, going: Going) -> None:
        try:
            await self._server.work_done_progress.create_async(going.token)
        except JsonRpcException as error:
            logger.info("The client does not show progress: %s", error)
            return
        if going.is_over:
            return
        going.is_shown = True
        begin = types.WorkDoneProgressBegin(title="pytest", cancellable=True, percentage=0)
        self._server.work_done_progress.begin(going.token, begin)
        self._tell(going)

    def see(self, params: protocol.RunEventsParams) -> None:
        """Take what happened in a run."""
        if params.token is None:
            return
        for going in self._going.values():
            if going.see(params.token, params):
                self._tell(going)

    def _tell(self, going: Going) -> None:
        now = asyncio.get_running_loop().time()
        report = going.report()
        if report is None or not going.is_shown or now - going.told_at < _EVERY:
            return
        going.told_at = now
        self._server.work_done_progress.report(going.token, report)

    def end(self, going: Going, message: str) -> None:
        """Show *going* no longer; *message* says how it ended."""
        going.is_over = True
        self._going.pop(going.token, None)
        self._server.work_done_progress.tokens.pop(going.token, None)
        if going.is_shown:
            end = types.WorkDoneProgressEnd(message=message)
            self._server.work_done_progress.end(going.token, end)

    def _cancel(self, params: types.WorkDoneProgressCancelParams) -> None:
        if (going := self._going.get(str(params.token))) is not None:
            going.cancel()
