"""The runs of one root that the client's debugger has started, and which journals are theirs."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterator

from pytest_recall_server.project import storage
from pytest_recall_server.project.following import RELEASED_WITHIN, read_all
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.debuggee import Debuggee


class Debuggees:
    """Those that are under way, by the tokens of their runs."""

    def __init__(self) -> None:
        self._living: dict[str, Debuggee] = {}

    @contextlib.contextmanager
    def one(self, token: str) -> Iterator[Debuggee]:
        """Expect one, for as long as its run lasts."""
        debuggee = self._living[token] = Debuggee(token)
        try:
            yield debuggee
        finally:
            del self._living[token]

    def end(self, token: str, problem: str | None) -> None:
        """Take the client's word that one has ended, if it is still under way."""
        if debuggee := self._living.get(token):
            debuggee.end(problem)

    def end_all(self) -> None:
        """Expect word of none any longer: nobody is there to give it."""
        for debuggee in self._living.values():
            debuggee.end(None)

    def may_have_written(self, path: str) -> bool:
        """Tell whether the journal *path* is that of one of them, or may turn out to be.

        Until its first line is there, nobody knows whose it is: whoever looks next will.
        """
        if not self._living:
            return False
        token = storage.token_of(path)
        return token is None or token in self._living


async def take_last_words(reader: storage.JournalReader, live: LiveRun, debuggee: Debuggee) -> None:
    """Read what is written after the debugger's end, which is not that of the process."""
    if not live.ended:
        await asyncio.to_thread(storage.wait_until_released, reader.path, RELEASED_WITHIN)
        await read_all(reader, live, debuggee.exited)
