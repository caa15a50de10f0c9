"""The runs of one root: its own, one after the other, and those of terminals, as they appear."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import shlex
from collections.abc import Awaitable, Callable, Mapping

import attrs

from pytest_recall_server.model.changes import RunName, RunReport, Selection
from pytest_recall_server.project import storage
from pytest_recall_server.project.history import History
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.command import (
    Runner,
    command_line,
    selected_ids,
    selection_file,
    why_not_started,
)
from pytest_recall_server.runs.process import Process, start_process
from pytest_recall_server.runs.queue import RunQueue, Ticket
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import spawn_task

logger = logging.getLogger(__name__)

# How often the journal of a living run is read: often while it says something.
_SOON = 0.005
_LATER = 0.05
_SLOWER = 1.5
# How often the writer of a silent journal is looked after.
_CHECK_AFTER = 0.5
_BATCH = 0.03
_RELEASED_WITHIN = 3.0


class RunListener:
    """What the runs of a root tell their project."""

    def __init__(
        self,
        started: Callable[[LiveRun], None],
        went_on: Callable[[LiveRun], None],
        ended: Callable[[LiveRun, RunReport], None],
        refresh: Callable[[], Awaitable[None]],
    ) -> None:
        self.started = started
        self.went_on = went_on
        self.ended = ended
        self.refresh = refresh


@attrs.define(eq=False)
class _Own:
    """A run that a client asked for."""

    ticket: Ticket
    live: LiveRun
    stopping: asyncio.Event
    process: Process | None = None


class Runs:
    """Starts, follows and ends runs."""

    def __init__(  # noqa: PLR0913 # each is of its own kind
        self,
        *,
        cache_dir: str,
        folder: str,
        environment: Mapping[str, str],
        history: History,
        watchdog: Watchdog,
        listener: RunListener,
    ) -> None:
        self._cache_dir = cache_dir
        self._folder = folder
        self._environment = environment
        self._history = history
        self._watchdog = watchdog
        self._listener = listener
        self._queue = RunQueue()
        self._own: dict[str, _Own] = {}
        self._pids: set[int] = set()
        self._seen: set[str] = set()
        self._following: dict[str, tuple[LiveRun, asyncio.Task[None]]] = {}
        self.runner = Runner()

    # Runs that clients ask for.

    async def run(self, token: str, selection: Selection) -> RunReport:
        """Run pytest and return when everything it said has been read and told."""
        ticket = self._queue.enter(selection)
        live = LiveRun(RunName(run=token, token=token), self._history)
        own = _Own(ticket=ticket, live=live, stopping=asyncio.Event())
        self._own[token] = own
        try:
            if not await ticket.turn or own.stopping.is_set():
                live.cancelled = True
                return live.report(None)
            return await self._execute(own, self.runner, selection)
        finally:
            del self._own[token]
            self._queue.leave(ticket)

    def cancel(self, token: str) -> None:
        """End a run, or take it out of the line."""
        own = self._own.get(token)
        if own is not None:
            own.stopping.set()
            self._queue.give_up(own.ticket)

    async def _execute(self, own: _Own, runner: Runner, selection: Selection) -> RunReport:
        if problem := await asyncio.to_thread(runner.why_not):
            return own.live.report(None, problem)
        interpreter = runner.interpreter or ""
        if selection.kind == "lastFailed":
            # A terminal may have added failures a moment ago.
            await self._listener.refresh()
        ids = selected_ids(selection, self._history.failed())
        with contextlib.ExitStack() as stack:
            file = None
            if ids is not None:
                file = stack.enter_context(selection_file(ids, selection.exclude))
            arguments = command_line(interpreter, selection.kind, file, runner.args)
            try:
                process = await start_process(
                    arguments, self._folder, self._environment, own.live.printed
                )
            except OSError as error:
                return own.live.report(None, f"{interpreter} cannot be started: {error}")
            own.process = process
            own.live.command = shlex.join(arguments)
            self._pids.add(process.pid)
            self._watchdog.add(process.pid)
            self._listener.started(own.live)
            try:
                return await self._accompany(own, process, interpreter)
            finally:
                self._watchdog.discard(process.pid)

    async def _accompany(self, own: _Own, process: Process, interpreter: str) -> RunReport:
        live = own.live
        stopper = spawn_task(_stop_when_asked(own.stopping, process, live), "stop a run")
        flusher = spawn_task(self._flush_regularly(live), "tell of a run")
        path = await self._follow_own(process, live)
        await process.finished()
        if own.stopping.is_set():
            await stopper
        stopper.cancel()
        flusher.cancel()
        if path is not None and not live.ended:
            await asyncio.to_thread(storage.recover, self._cache_dir)
        live.close()
        problem = None
        if path is None and not live.cancelled:
            problem = why_not_started(interpreter, process.exit_status, live.last_output)
        report = live.report(process.exit_status, problem)
        self._listener.went_on(live)
        own.process = None
        await self._settle()
        self._listener.ended(live, report)
        return report

    async def _follow_own(self, process: Process, live: LiveRun) -> str | None:
        """Read the journal of *process* until both are at their end."""
        path = None
        while path is None:
            gone = process.exited.is_set()
            path = await asyncio.to_thread(self._journal_of, process.pid)
            if path is None and gone:
                return None
            if path is None:
                await _wait(process.exited, 2 * _SOON)
        self._seen.add(path)
        live.run_id = storage.run_id_of(path)
        with contextlib.closing(storage.JournalReader(path)) as reader:
            await _read_all(reader, live, process.exited)
        return path

    def _journal_of(self, pid: int) -> str | None:
        paths = (path for path in storage.journals(self._cache_dir) if path not in self._seen)
        return next((path for path in paths if storage.pid_of(path) == pid), None)

    async def _flush_regularly(self, live: LiveRun) -> None:
        while True:
            await asyncio.sleep(_BATCH)
            self._listener.went_on(live)

    async def _settle(self) -> None:
        """Read what the run left in the cache; without another run that alone counts."""
        if not self.living():
            self._history.forget_live()
        await self._listener.refresh()

    # Runs of terminals.

    def pass_over(self, paths: list[str]) -> None:
        """Take *paths* as read."""
        self._seen.update(paths)

    def notice(self, paths: list[str]) -> None:
        """Follow those of the journals *paths* that are new and not our own."""
        for path in paths:
            if path in self._seen or storage.pid_of(path) in self._pids:
                continue
            self._seen.add(path)
            name = RunName(run=storage.run_id_of(path), token=None)
            live = LiveRun(name, self._history)
            live.run_id = name.run
            task = spawn_task(self._follow(path, live), f"follow {name.run}")
            self._following[path] = (live, task)

    async def _follow(self, path: str, live: LiveRun) -> None:
        dead = asyncio.Event()
        watcher = spawn_task(_set_when_dead(path, dead), "watch a writer")
        flusher: asyncio.Task[None] | None = None
        try:
            with contextlib.closing(storage.JournalReader(path)) as reader:
                for event in await asyncio.to_thread(reader.read):
                    live.feed(event)
                self._listener.started(live)
                flusher = spawn_task(self._flush_regularly(live), "tell of a run")
                await _read_all(reader, live, dead)
            if live.ended:
                await asyncio.to_thread(storage.wait_until_released, path, _RELEASED_WITHIN)
            else:
                await asyncio.to_thread(storage.recover, self._cache_dir)
            live.close()
            self._listener.went_on(live)
            self._following.pop(path, None)
            await self._settle()
        except FileNotFoundError:
            logger.info("The journal %s is gone", path)
        finally:
            watcher.cancel()
            if flusher is not None:
                flusher.cancel()
            self._following.pop(path, None)
        self._listener.ended(live, live.report(None))

    # All.

    def living(self) -> list[LiveRun]:
        """Return the runs that are under way."""
        started = [own.live for own in self._own.values() if own.process is not None]
        return [*started, *(live for live, _ in self._following.values())]

    def names(self) -> list[str]:
        """Return ids or tokens of the runs that are under way or waiting."""
        return [*self._own, *(live.name.run for live, _ in self._following.values())]

    async def stop(self) -> None:
        """End all own runs; follow no other."""
        for token in list(self._own):
            self.cancel(token)
        for _, task in list(self._following.values()):
            task.cancel()
        processes = [own.process for own in self._own.values() if own.process is not None]
        await asyncio.gather(*(process.exited.wait() for process in processes))


async def _stop_when_asked(asked: asyncio.Event, process: Process, live: LiveRun) -> None:
    await asked.wait()
    live.cancelled = True
    await process.stop()


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


async def _read_all(reader: storage.JournalReader, live: LiveRun, over: asyncio.Event) -> None:
    """Feed a growing journal to *live* until it ends, or *over* is set and nothing is left.

    The reads are short and of a local file; a thread for each would cost more than they do.
    """
    pause = _SOON
    while not live.ended:
        last = over.is_set()
        before = reader.position
        for event in reader.read():
            live.feed(event)
        if reader.position > before:
            pause = _SOON
            await asyncio.sleep(0)
        elif last:
            return
        else:
            await _wait(over, pause)
            pause = min(pause * _SLOWER, _LATER)


async def _set_when_dead(path: str, dead: asyncio.Event) -> None:
    # A writer takes its lock just after it made the file: looking at once could take it first.
    alive = True
    while alive:
        await asyncio.sleep(_CHECK_AFTER)
        alive = await asyncio.to_thread(storage.is_alive, path)
    dead.set()
