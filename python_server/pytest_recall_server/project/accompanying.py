"""Follow one run that a client asked for from the start of its process to its end."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field

from pytest_recall_server.model.changes import RunReport
from pytest_recall_server.project import storage
from pytest_recall_server.project.debuggees import take_last_words
from pytest_recall_server.project.explaining import why_not_begun, why_so
from pytest_recall_server.project.following import (
    SOON,
    RunListener,
    Terminals,
    read_all,
    tell_regularly,
    wait_for,
)
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.debuggee import Debuggee, DebugKind
from pytest_recall_server.runs.endings import Ending
from pytest_recall_server.runs.priority import give_way
from pytest_recall_server.runs.process import Process
from pytest_recall_server.runs.queue import Ticket
from pytest_recall_server.tasks import spawn_task


@dataclass(eq=False, slots=True)
class Own:
    """A run that a client asked for."""

    ticket: Ticket | None
    """Its place in the line; None: it only collects, and waits for no other."""
    live: LiveRun
    listener: RunListener
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    debug: DebugKind | None = None
    """How to debug it; None: it is run."""
    process: Process | Debuggee | None = None


class Companion:
    """Reads what the runs of one root say, until there is no more."""

    def __init__(self, cache_dir: str, rootdir: str, terminals: Terminals) -> None:
        self._cache_dir = cache_dir
        self._rootdir = rootdir
        self._terminals = terminals

    async def accompany(self, own: Own, process: Process | Debuggee, runner: Runner) -> RunReport:
        """Return how the run ended, once everything it said has been read and told."""
        live = own.live
        report = live.report(None, "The run could not be followed: the log says why.")
        try:
            path = await self._follow_to_the_end(own, process)
            live.close()
            problem = self._problem_of(own, process, runner, path)
            report = live.report(process.exit_status, problem)
            own.listener.went_on(live)
            own.process = None
            await own.listener.settle()
        finally:
            # Whatever went wrong: nobody may wait for the end of a run that is over.
            own.process = None
            own.listener.ended(live, report)
        return report

    def _problem_of(
        self, own: Own, process: Process | Debuggee, runner: Runner, path: str | None
    ) -> str | None:
        """Return what is to be said of how a run with the journal *path* ended."""
        live = own.live
        if isinstance(process, Debuggee) and (process.problem or path is not None):
            return process.problem
        if live.cancelled:
            return None
        ending = Ending(
            runner=runner,
            status=process.exit_status,
            how=process.how_it_ended,
            output=live.last_output,
        )
        if path is None:
            return why_not_begun(ending, self._rootdir)
        return why_so(live, ending, is_to_run=own.ticket is not None)

    async def _follow_to_the_end(self, own: Own, process: Process | Debuggee) -> str | None:
        """Read all that *process* says, and return its journal; leave nothing of it behind."""
        live = own.live
        stopper = spawn_task(_stop_when_asked(own.stopping, process, live), "stop a run")
        flusher = spawn_task(tell_regularly(live, own.listener), "tell of a run")
        yielder = spawn_task(_give_way_when_large(process, live), "let a run give way")
        try:
            path = await self._follow_own(process, live)
            await process.finished()
            if own.stopping.is_set():
                await stopper
        finally:
            for helper in (stopper, flusher, yielder):
                helper.cancel()
            if not process.exited.is_set():
                await process.stop()
                await process.finished()
        if path is not None and not live.ended:
            await asyncio.to_thread(storage.recover, self._cache_dir)
        return path

    async def _follow_own(self, process: Process | Debuggee, live: LiveRun) -> str | None:
        """Read the journal of *process* until both are at their end."""
        path = None
        while path is None:
            gone = process.exited.is_set()
            path = await asyncio.to_thread(self._journal_of, process)
            if path is None and gone:
                return None
            if path is None:
                await wait_for(process.exited, 2 * SOON)
        self._terminals.pass_over([path])
        live.run_id = storage.run_id_of(path)
        with contextlib.closing(storage.JournalReader(path)) as reader:
            await read_all(reader, live, process.exited)
            if isinstance(process, Debuggee):
                await take_last_words(reader, live, process)
        return path

    def _journal_of(self, process: Process | Debuggee) -> str | None:
        unseen = self._terminals.unseen()
        if isinstance(process, Debuggee):
            return next((path for path in unseen if storage.token_of(path) == process.token), None)
        return next((path for path in unseen if storage.pid_of(path) == process.pid), None)


async def _stop_when_asked(
    asked: asyncio.Event, process: Process | Debuggee, live: LiveRun
) -> None:
    await asked.wait()
    live.cancelled = True
    await process.stop()


async def _give_way_when_large(process: Process | Debuggee, live: LiveRun) -> None:
    """Let a long run not hold up who types meanwhile; what is over in a moment need not wait."""
    await live.is_large.wait()
    if isinstance(process, Process):
        give_way(process.pid)
