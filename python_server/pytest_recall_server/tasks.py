"""Tasks that are kept and whose exceptions are logged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from typing import TypeVar

logger = logging.getLogger(__name__)

T = TypeVar("T")

_LONGEST_PAUSE = 1.0
"""Seconds."""

_kept: set[asyncio.Task[object]] = set()


def spawn_task(work: Coroutine[object, object, T], name: str) -> asyncio.Task[T]:
    """Start *work*; what it raises is logged with its traceback."""
    task = asyncio.get_running_loop().create_task(work, name=name)
    _kept.add(task)
    task.add_done_callback(_finished)
    return task


async def to_the_end(
    work: Coroutine[object, object, T], name: str, cancel: Callable[[], object]
) -> T:
    """Return what *work* returns; it outlives a cancelling, which only calls *cancel*."""
    task = spawn_task(work, name)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        cancel()
        return await task


def _finished(task: asyncio.Task[T]) -> None:
    _kept.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("The task %s failed", task.get_name(), exc_info=error)


@contextlib.contextmanager
def measured(timings: dict[str, float], name: str) -> Iterator[None]:
    """Note in *timings* how many seconds this took."""
    began = time.perf_counter()
    try:
        yield
    finally:
        timings[name] = time.perf_counter() - began


class Coalesced:
    """Work of which at most one round runs and at most one waits."""

    def __init__(
        self,
        name: str,
        work: Callable[[], Awaitable[None]],
        rest: float = 0.0,
        at_latest: float = 0.0,
        *,
        share: float = 1.0,
    ) -> None:
        """Begin a round after *rest* seconds in which nobody asked, or after *at_latest*.

        The rounds take no more than *share* of a processor: after a long one the next waits longer,
        but no more than a second.
        """
        self._name = name
        self._work = work
        self._rest = rest
        self._at_latest = at_latest
        self._share = share
        self._free_at = 0.0
        """When the next round may begin, by the clock of the loop."""
        self._asked = False
        self._task: asyncio.Task[None] | None = None

    def pace(self, rest: float, at_latest: float) -> None:
        """Let other rests hold from now on, also while one is under way."""
        self._rest, self._at_latest = rest, at_latest

    def ask(self) -> asyncio.Task[None]:
        """Ask for a round that begins after now; the task ends when it is done."""
        self._asked = True
        if self._task is None or self._task.done():
            self._task = spawn_task(self._rounds(), self._name)
        return self._task

    async def now(self) -> None:
        """Ask for a round and wait for it."""
        await asyncio.shield(self.ask())

    async def done(self) -> None:
        """Wait until there is no round that runs or waits."""
        while self._task is not None and not self._task.done():
            await asyncio.wait([self._task])

    def stop(self) -> None:
        """End the round that runs."""
        self._asked = False
        if self._task is not None:
            self._task.cancel()

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        if (pause := self._free_at - loop.time()) > 0:
            await asyncio.sleep(pause)
        began = loop.time()
        while self._rest and self._asked:
            self._asked = False
            await asyncio.sleep(self._rest)
            if loop.time() >= began + self._at_latest:
                return

    async def _rounds(self) -> None:
        loop = asyncio.get_running_loop()
        while self._asked:
            await self._wait()
            self._asked = False
            began = time.thread_time()
            try:
                await self._work()
            except Exception:
                logger.exception("%s failed", self._name)
            used = time.thread_time() - began
            self._free_at = loop.time() + min(_LONGEST_PAUSE, used * (1 / self._share - 1))


async def repeat(work: Callable[[], Awaitable[None]], name: str, every: float) -> None:
    """Do *work* again and again, *every* so many seconds, for a twentieth of the time at most."""
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        try:
            await work()
        except Exception:
            logger.exception("%s failed", name)
        await asyncio.sleep(max(every, 20 * (loop.time() - began)))
