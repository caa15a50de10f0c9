"""Read the journals of living runs, and notice those of terminals."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from pytest_recall_server.model.changes import RunName, RunReport
from pytest_recall_server.project import earlier, storage
from pytest_recall_server.project.history import History
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.tasks import spawn_task

logger = logging.getLogger(__name__)

# How often the journal of a living run is read: often while it says something, and most often
# when the first result is due.
_AT_ONCE = 0.001
SOON = 0.005
_LATER = 0.02
_SLOWER = 1.5
# How often the writer of a silent journal is looked after.
_CHECK_AFTER = 0.5
_BATCH = 0.03
RELEASED_WITHIN = 3.0


@dataclass(frozen=True, kw_only=True, slots=True)
class RunListener:
    """What the runs of a root tell their project."""

    started: Callable[[LiveRun], None]
    went_on: Callable[[LiveRun], None]
    ended: Callable[[LiveRun, RunReport], None]
    settle: Callable[[], Awaitable[None]]
    """Read what a run has left in the cache."""
    queued: Callable[[], None]
    """More or fewer runs wait."""


class Terminals:
    """The runs of one root that others have started."""

    def __init__(self, cache_dir: str, history: History, listener: RunListener) -> None:
        self._cache_dir = cache_dir
        self._history = history
        self._listener = listener
        self._seen: set[str] = set()
        self._importing: set[asyncio.Task[None]] = set()
        self._following: dict[str, tuple[LiveRun, asyncio.Task[None]]] = {}

    def living(self) -> list[LiveRun]:
        """Return the runs that are under way."""
        return [live for live, _ in self._following.values()]

    def pass_over(self, paths: Iterable[str]) -> None:
        """Take the journals *paths* as read."""
        self._seen.update(paths)

    def unseen(self) -> list[str]:
        """Return the journals that are not read yet.  Blocking."""
        return [path for path in storage.journals(self._cache_dir) if path not in self._seen]

    def follow(self, paths: Iterable[str]) -> None:
        """Follow those of the journals *paths* that are new."""
        for path in paths:
            if path in self._seen:
                continue
            self._seen.add(path)
            if earlier.imported_into(path) is not None:
                task = spawn_task(self._take_imported(path), f"take {path}")
                self._importing.add(task)
                task.add_done_callback(self._importing.discard)
                continue
            name = RunName(run=storage.run_id_of(path), token=None)
            live = LiveRun(name, self._history)
            live.run_id = name.run
            task = spawn_task(self._follow(path, live), f"follow {name.run}")
            self._following[path] = (live, task)

    async def _follow(self, path: str, live: LiveRun) -> None:
        dead = asyncio.Event()
        helpers = [spawn_task(_set_when_dead(path, dead), "watch a writer")]
        try:
            with contextlib.closing(storage.JournalReader(path)) as reader:
                self._listener.started(live)
                helpers.append(spawn_task(tell_regularly(live, self._listener), "tell of a run"))
                await read_all(reader, live, dead)
            if live.ended:
                await asyncio.to_thread(storage.wait_until_released, path, RELEASED_WITHIN)
            else:
                await asyncio.to_thread(storage.recover, self._cache_dir)
            live.close()
            self._listener.went_on(live)
        except FileNotFoundError:
            logger.info("The journal %s is gone", path)
        finally:
            for helper in helpers:
                helper.cancel()
            del self._following[path]
        await self._listener.settle()
        self._listener.ended(live, live.report(None))

    async def _take_imported(self, path: str) -> None:
        """Take what was imported: it is no run that goes on, and its journal is whole."""
        self._history.add_imported(await asyncio.to_thread(earlier.imported_failures, path))
        await self._listener.settle()

    async def imported(self) -> None:
        """Wait until all that was imported so far is taken."""
        await asyncio.gather(*self._importing)

    def stop(self) -> None:
        """Follow no run any longer."""
        for task in [*self._importing, *(task for _, task in self._following.values())]:
            task.cancel()


async def tell_regularly(live: LiveRun, listener: RunListener) -> None:
    """Tell what a run says, some of it at a time, until cancelled.

    What comes after a silence is told at once, so that the result of a slow test does not wait, and
    neither does the first.
    """
    while True:
        await live.news.wait()
        listener.went_on(live)
        await asyncio.sleep(_BATCH if live.has_first_result else SOON)


async def read_all(reader: storage.JournalReader, live: LiveRun, over: asyncio.Event) -> None:
    """Feed a growing journal to *live* until it ends, or *over* is set and nothing is left.

    The reads are short and of a local file; a thread for each would cost more than they do.
    """
    pause = SOON
    while not live.ended:
        last = over.is_set()
        before = reader.position
        for event in reader.read():
            live.feed(event)
        awaits_first = not live.has_first_result
        soon = _AT_ONCE if awaits_first else SOON
        if reader.position > before:
            pause = soon
            await asyncio.sleep(0)
        elif last:
            return
        else:
            woken = await wait_for(live.stirred if awaits_first else over, pause)
            pause = soon if woken else min(pause * _SLOWER, _LATER)
            live.stirred.clear()


async def wait_for(event: asyncio.Event, seconds: float) -> bool:
    """Wait for *event*, but not for longer than *seconds*; tell whether it was set."""
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)
    return event.is_set()


async def _set_when_dead(path: str, dead: asyncio.Event) -> None:
    # A writer takes its lock just after it made the file: looking at once could take it first.
    alive = True
    while alive:
        await asyncio.sleep(_CHECK_AFTER)
        alive = await asyncio.to_thread(storage.is_alive, path)
    dead.set()
