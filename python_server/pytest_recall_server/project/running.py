"""The runs of one root that clients ask for: one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Iterable, Mapping

import attrs

from pytest_recall_server.errors import HumanError
from pytest_recall_server.index.config import CONFIG_FILES
from pytest_recall_server.model.changes import Collection, RunName, RunReport, Selection
from pytest_recall_server.project import storage
from pytest_recall_server.project.following import (
    SOON,
    RunListener,
    Terminals,
    read_all,
    tell_regularly,
    wait_for,
)
from pytest_recall_server.project.history import History
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.command import (
    COLLECT_ONLY,
    Runner,
    Scope,
    command_line,
    selected_ids,
    selection_file,
    why_not_started,
)
from pytest_recall_server.runs.conditions import Conditions, Home, conditions_of, why_elsewhere
from pytest_recall_server.runs.process import Process
from pytest_recall_server.runs.queue import RunQueue, Ticket
from pytest_recall_server.runs.starting import Starter
from pytest_recall_server.runs.terminal import Stage, terminal_line
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import spawn_task


@attrs.define(eq=False)
class _Own:
    """A run that a client asked for."""

    ticket: Ticket | None
    """Its place in the line; None: it only collects, and waits for no other."""
    live: LiveRun
    listener: RunListener
    stopping: asyncio.Event = attrs.field(factory=asyncio.Event)
    process: Process | None = None


class Runs:
    """Starts, follows and ends runs."""

    def __init__(  # noqa: PLR0913 # each is of its own kind
        self,
        *,
        cache_dir: str,
        home: Home,
        scope: Scope,
        environment: Mapping[str, str],
        history: History,
        watchdog: Watchdog,
        listener: RunListener,
    ) -> None:
        self._cache_dir = cache_dir
        self._home = home
        self._environment = environment
        self._history = history
        self._watchdog = watchdog
        self._starter = Starter(environment, home, watchdog, CONFIG_FILES)
        self._listener = listener
        self._queue = RunQueue()
        self._own: dict[str, _Own] = {}
        self._collecting: tuple[_Own, asyncio.Task[Collection]] | None = None
        self._pids: set[int] = set()
        self.terminals = Terminals(cache_dir, history, listener)
        self._runner = Runner()
        self.scope = scope

    @property
    def runner(self) -> Runner:
        """What runs pytest from the next run on."""
        return self._runner

    @runner.setter
    def runner(self, runner: Runner) -> None:
        self._runner = runner
        self._starter.runner_changed(runner, self.scope.starts)

    async def run(self, token: str, selection: Selection) -> RunReport:
        """Run pytest and return when everything it said has been read and told."""
        if token in self._own:
            raise HumanError(f"There is a run with the token {token!r} already.")
        ticket = self._queue.enter(selection)
        live = LiveRun(RunName(run=token, token=token), self._history)
        own = _Own(ticket=ticket, live=live, listener=self._listener)
        self._own[token] = own
        try:
            if not await ticket.turn or own.stopping.is_set():
                live.cancelled = True
                return live.report(None)
            return await self._execute(own, self.runner, selection)
        finally:
            del self._own[token]
            self._queue.leave(ticket)

    async def collect(self) -> Collection:
        """Let pytest collect all tests, and return when what it found is known; no test runs.

        A second call while one is under way takes part in it.
        """
        if self._collecting is None:
            live = LiveRun(RunName(run="collect", token="collect"), self._history)  # noqa: S106
            # Nobody watches it: it is no run of tests.
            quiet = RunListener(
                started=lambda _: None,
                went_on=_drop,
                ended=lambda *_: None,
                settle=self._listener.settle,
            )
            own = _Own(ticket=None, live=live, listener=quiet)
            self._collecting = (own, spawn_task(self._collect(own), "collect tests"))
        return await asyncio.shield(self._collecting[1])

    async def _collect(self, own: _Own) -> Collection:
        runner = attrs.evolve(self.runner, args=(*self.runner.args, *COLLECT_ONLY))
        try:
            report = await self._execute(own, runner, Selection(kind="all"))
        finally:
            self._collecting = None
        tests, errors = own.live.collected
        return Collection(
            tests=tests, errors=errors, cancelled=report.cancelled, problem=report.problem
        )

    def cancel_collecting(self) -> None:
        """End a collection that is under way."""
        if self._collecting is not None:
            self._collecting[0].stopping.set()

    def cancel(self, token: str) -> None:
        """End a run, or take it out of the line."""
        own = self._own.get(token)
        if own is not None:
            own.stopping.set()
            if own.ticket is not None:
                self._queue.give_up(own.ticket)

    async def _execute(self, own: _Own, runner: Runner, selection: Selection) -> RunReport:
        if problem := await asyncio.to_thread(runner.why_not):
            return own.live.report(None, problem)
        interpreter = runner.interpreter or ""
        if selection.kind in {"lastFailed", "outstanding"}:
            # A terminal may have added failures a moment ago.
            await self._listener.settle()
        selection = self.scope.narrowed(selection)
        try:
            remembered = self._history.outstanding()
            conditions = await asyncio.to_thread(
                self._prepare, own.live, runner, selection, remembered
            )
        except HumanError as error:
            return own.live.report(None, str(error))
        ids = self.selected(selection)
        paths = conditions.paths
        if ids is None and paths is not None:
            # By itself pytest would collect all that it was given to find the rootdir.
            ids = self.scope.starts
        with contextlib.ExitStack() as stack:
            file = None
            if ids is not None:
                file = stack.enter_context(selection_file(ids, selection.exclude))
            args = runner.args
            arguments = command_line(interpreter, selection.kind, file, args, paths or ())
            return await self._start(own, runner, arguments, conditions)

    def _prepare(
        self, live: LiveRun, runner: Runner, selection: Selection, remembered: tuple[str, ...]
    ) -> Conditions:
        """Find out where and how to run, and say so.  Blocking."""
        starts = self.scope.starts
        conditions = conditions_of(runner, self._environment, self._home, starts)
        looks_elsewhere = self.scope.several or conditions.paths is not None
        stage = Stage(
            rootdir=self._home.rootdir,
            cwd=conditions.cwd,
            starts=starts if looks_elsewhere else (),
        )
        live.terminal = terminal_line(runner, selection, remembered, stage)
        for note in conditions.notes:
            live.printed(f"Pytest Recall: {note}\n")
        return conditions

    async def _start(
        self, own: _Own, runner: Runner, arguments: list[str], conditions: Conditions
    ) -> RunReport:
        interpreter = arguments[0]
        try:
            process = await self._starter.start(runner, arguments, conditions, own.live.printed)
        except OSError as error:
            return own.live.report(None, f"{interpreter} cannot be started: {error}")
        own.process = process
        own.live.command = shlex.join(arguments)
        self._pids.add(process.pid)
        self._watchdog.add(process.pid)
        own.listener.started(own.live)
        try:
            return await self._accompany(own, process, interpreter)
        finally:
            self._watchdog.discard(process.pid)
            self._pids.discard(process.pid)
            self.expect_run()

    def expect_run(self) -> None:
        """Get ready for a run: there are signs that one may come."""
        self._starter.expect(self._runner, self.scope.starts)

    def selected(self, selection: Selection) -> tuple[str, ...] | None:
        """Return what a run of *selection* names; None: what pytest collects by itself."""
        history = self._history
        is_all = selection.kind == "outstanding"
        remembered = history.outstanding() if is_all else history.failed()
        return selected_ids(selection, remembered, self.scope)

    async def _accompany(self, own: _Own, process: Process, interpreter: str) -> RunReport:
        live = own.live
        report = live.report(None, "The run could not be followed: the log says why.")
        try:
            path = await self._follow_to_the_end(own, process)
            live.close()
            problem = None
            if path is None and not live.cancelled:
                status, said = process.exit_status, live.last_output
                problem = why_elsewhere(said, self._home.rootdir) or why_not_started(
                    interpreter, status, said
                )
            report = live.report(process.exit_status, problem)
            own.listener.went_on(live)
            own.process = None
            await own.listener.settle()
        finally:
            # Whatever went wrong: nobody may wait for the end of a run that is over.
            own.process = None
            own.listener.ended(live, report)
        return report

    async def _follow_to_the_end(self, own: _Own, process: Process) -> str | None:
        """Read all that *process* says, and return its journal; leave nothing of it behind."""
        live = own.live
        stopper = spawn_task(_stop_when_asked(own.stopping, process, live), "stop a run")
        flusher = spawn_task(tell_regularly(live, own.listener), "tell of a run")
        try:
            path = await self._follow_own(process, live)
            await process.finished()
            if own.stopping.is_set():
                await stopper
        finally:
            stopper.cancel()
            flusher.cancel()
            if not process.exited.is_set():
                await process.stop()
                await process.finished()
        if path is not None and not live.ended:
            await asyncio.to_thread(storage.recover, self._cache_dir)
        return path

    async def _follow_own(self, process: Process, live: LiveRun) -> str | None:
        """Read the journal of *process* until both are at their end."""
        path = None
        while path is None:
            gone = process.exited.is_set()
            path = await asyncio.to_thread(self._journal_of, process.pid)
            if path is None and gone:
                return None
            if path is None:
                await wait_for(process.exited, 2 * SOON)
        self.terminals.pass_over([path])
        live.run_id = storage.run_id_of(path)
        with contextlib.closing(storage.JournalReader(path)) as reader:
            await read_all(reader, live, process.exited)
        return path

    def _journal_of(self, pid: int) -> str | None:
        unseen = self.terminals.unseen()
        return next((path for path in unseen if storage.pid_of(path) == pid), None)

    def notice(self, paths: Iterable[str]) -> None:
        """Follow those of the journals *paths* that are new and not our own."""
        self.terminals.follow(path for path in paths if storage.pid_of(path) not in self._pids)

    # All.

    def living(self) -> list[LiveRun]:
        """Return the runs that are under way."""
        started = [own.live for own in self._own.values() if own.process is not None]
        return [*started, *self.terminals.living()]

    def names(self) -> list[str]:
        """Return ids or tokens of the runs that are under way or waiting."""
        return [*self._own, *(live.name.run for live in self.terminals.living())]

    async def stop(self) -> None:
        """End all own runs; follow no other."""
        for token in list(self._own):
            self.cancel(token)
        self.cancel_collecting()
        self.terminals.stop()
        collecting = [] if self._collecting is None else [self._collecting[0]]
        everything = (*self._own.values(), *collecting)
        processes = [own.process for own in everything if own.process is not None]
        await asyncio.gather(*(process.exited.wait() for process in processes))
        await self._starter.stop()


def _drop(live: LiveRun) -> None:
    live.take()


async def _stop_when_asked(asked: asyncio.Event, process: Process, live: LiveRun) -> None:
    await asked.wait()
    live.cancelled = True
    await process.stop()
