"""Tasks that are kept and whose exceptions are logged."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

_kept: set[asyncio.Task[object]] = set()


def spawn_task(work: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
    """Start *work*; what it raises is logged with its traceback."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _kept.add(task)
    task.add_done_callback(_finished)
    return task


def _finished(task: asyncio.Task[T]) -> None:
    _kept.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("The task %s failed", task.get_name(), exc_info=error)


class Coalesced:
    """Work of which at most one round runs and at most one waits."""

    def __init__(self, name: str, work: Callable[[], Awaitable[None]], delay: float = 0.0) -> None:
        self._name = name
        self._work = work
        self._delay = delay
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def ask(self) -> asyncio.Task[None]:
        """Ask for a round that begins after now; the task ends when it is done."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = spawn_task(self._rounds(), self._name)
        return self._task

    async def now(self) -> None:
        """Ask for a round and wait for it."""
        await asyncio.shield(self.ask())

    def stop(self) -> None:
        """End the round that runs."""
        self._asked = False
        if self._task is not None:
            self._task.cancel()

    async def _rounds(self) -> None:
        while self._asked:
            if self._delay:
                await asyncio.sleep(self._delay)
            self._asked = False
            try:
                await self._work()
            except Exception:
                logger.exception("%s failed", self._name)
