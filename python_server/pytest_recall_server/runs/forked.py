"""A run that a waiting process has forked; it is no child of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

from pytest_recall_server.runs.process import Process, add_living, words_of


class Forked(Process, asyncio.Protocol):
    """Reads what the run prints; the process that has forked it tells of its end."""

    def __init__(self, on_output: Callable[[str], None]) -> None:
        super().__init__(on_output)
        self._pid: int | None = None
        self._status: int | None = None
        self._transport: asyncio.ReadTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.ReadTransport", transport)

    def data_received(self, data: bytes) -> None:
        """Hand on what was printed."""
        self._printed(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that nothing more will be printed."""
        del exc
        self._fell_silent()

    def began(self, pid: int) -> None:
        """Take the run's process id."""
        self._pid = pid
        add_living(pid)

    def is_over(self, status: int | None) -> None:
        """Take the run's end: its exit status, negative for a signal, None if nobody knows."""
        self._status = status
        self._ended()

    @property
    def pid(self) -> int:
        """The process id, which is the group's too."""
        if self._pid is None:
            raise RuntimeError("the run has not begun")
        return self._pid

    @property
    def exit_status(self) -> int | None:
        """The exit status, or None while it runs and where a signal ended it."""
        return None if self._status is None or self._status < 0 else self._status

    @property
    def how_it_ended(self) -> str:
        """The exit status or the signal that ended it, in words."""
        return words_of(self._status)

    def release(self) -> None:
        """Read no longer what it prints."""
        if self._transport is not None:
            self._transport.close()

    def _release(self) -> None:
        self.release()
