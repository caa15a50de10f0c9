"""Follows how far stepwise has come in one root, in our runs and in those of a terminal."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pytest_recall_server.model.changes import Record
from pytest_recall_server.model.preview import Preview
from pytest_recall_server.model.walk import Stand, Walk, stand_by_preview, stand_by_walk
from pytest_recall_server.project import storage
from pytest_recall_server.project.live import LiveRun


class Stepping:
    """Knows the last run of stepwise that has told of itself."""

    def __init__(self, cache_dir: str, record: Callable[[str], Record | None]) -> None:
        """Take what *record* says of a test, or of a file that could not be collected."""
        self._cache_dir = cache_dir
        self._record = record
        self._walk: Walk | None = None

    def note(self, live: LiveRun) -> None:
        """Take note of a run that is over."""
        self._walk = live.walk() or self._walk

    async def stand(self, foresee: Callable[[], Awaitable[Preview]]) -> Stand:
        """Return where stepwise stands by pytest's own key.

        Of a step that stock pytest has taken nothing else is known: then *foresee* is asked what
        the next one would do.
        """
        step = await asyncio.to_thread(storage.read_step, self._cache_dir)
        test = step.progress.last_failed
        stand = stand_by_walk(test, self._walk)
        if stand is None:
            stand = Stand() if test is None else stand_by_preview(test, await foresee())
        broken = () if self._walk is None else self._walk.broken
        return replace(
            stand,
            # Until pytest 8.4 there is no date, and a run that is not stepwise starts it over.
            through=test is None and step.saved is not None,
            record=None if test is None else self._record(test),
            error=next(filter(None, map(self._record, broken)), None),
        )
