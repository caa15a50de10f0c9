"""The runs of one root that clients ask for: one after the other."""

from __future__ import annotations

import asyncio
import contextlib
import shlex
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from pytest_recall_server.errors import HumanError
from pytest_recall_server.index.config import CONFIG_FILES
from pytest_recall_server.model.changes import RunName, RunReport, Selection
from pytest_recall_server.model.coverage import CoverageMode
from pytest_recall_server.project import storage
from pytest_recall_server.project.accompanying import Companion, Own
from pytest_recall_server.project.collecting import Collecting
from pytest_recall_server.project.covering import Covering
from pytest_recall_server.project.debuggees import Debuggees
from pytest_recall_server.project.following import RunListener, Terminals
from pytest_recall_server.project.history import History
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.command import (
    Runner,
    Scope,
    command_line,
    selected_ids,
    selection_file,
    temporary_folder,
)
from pytest_recall_server.runs.conditions import Conditions, Home, conditions_of
from pytest_recall_server.runs.debuggee import DebugKind, launch_of
from pytest_recall_server.runs.interpreters import with_interpreter
from pytest_recall_server.runs.queue import RunQueue
from pytest_recall_server.runs.starting import Starter
from pytest_recall_server.runs.terminal import Stage, terminal_line
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.runs.workers import names_one


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
        choose: Callable[[Selection], Awaitable[Selection | None]],
        covering: Covering,
        is_single: Callable[[Selection], Awaitable[bool]],
    ) -> None:
        """Take what is the same for all runs.

        *choose* says what runs when files were saved; None: nothing.
        *is_single*: a selection is one test.
        """
        self._covering = covering
        self._home = home
        self._environment = environment
        self._history = history
        self._watchdog = watchdog
        self._starter = Starter(environment, home, watchdog, CONFIG_FILES)
        self._listener = listener
        self._choose = choose
        self._is_single = is_single
        self._queue = RunQueue()
        self._own: dict[str, Own] = {}
        self.collecting = Collecting(history, listener.settle, self._found, self._execute)
        self._pids: set[int] = set()
        self._debuggees = Debuggees()
        self.terminals = Terminals(cache_dir, history, listener)
        self._companion = Companion(cache_dir, home.rootdir, self.terminals)
        self._runner = self._expected = Runner()
        self.scope = scope

    @property
    def runner(self) -> Runner:
        """What runs pytest from the next run on."""
        return self._runner

    @runner.setter
    def runner(self, runner: Runner) -> None:
        self._runner = self._expected = runner
        self._starter.runner_changed(runner, self.scope.starts)

    async def run(
        self,
        token: str,
        selection: Selection,
        coverage: CoverageMode = "off",
        debug: DebugKind | None = None,
    ) -> RunReport:
        """Run pytest and return when everything it said has been read and told.

        With *debug* the client starts it, and says when it has ended; then nothing is measured.
        """
        if token in self._own:
            raise HumanError(f"There is a run with the token {token!r} already.")
        ticket = self._queue.enter(selection)
        live = LiveRun(RunName(run=token, token=token), self._history)
        own = Own(ticket=ticket, live=live, listener=self._listener, debug=debug)
        self._own[token] = own
        try:
            if not ticket.turn.done():
                self._tell_that_it_waits(live)
            if not await ticket.turn or own.stopping.is_set():
                live.cancelled = True
                return live.report(None)
            live.begin()
            if coverage == "off" or debug is not None:
                return await self._execute(own, await self._found(), ticket.selection)
            return await self._measure(own, ticket.selection, coverage)
        finally:
            del self._own[token]
            self._queue.leave(ticket)
            self._listener.queued()

    def _tell_that_it_waits(self, live: LiveRun) -> None:
        before = next((own.live for own in self._own.values() if own.process is not None), None)
        line = None if before is None else before.terminal
        what = "another run" if line is None else f"this run to end: {line}"
        live.printed(f"Pytest Recall: waiting for {what}\n")
        self._listener.went_on(live)
        self._listener.queued()

    @property
    def waiting(self) -> int:
        """How many runs wait for another to end."""
        return self._queue.waiting

    async def _measure(self, own: Own, selection: Selection, mode: CoverageMode) -> RunReport:
        """Run with coverage, and tell what was covered."""
        live, runner = own.live, await self._found()
        if problem := await asyncio.to_thread(runner.why_not):
            return live.report(None, problem)
        with temporary_folder() as folder:
            try:
                conditions = await asyncio.to_thread(
                    conditions_of, runner, self._environment, self._home, self.scope.starts
                )
                measurement = await self._covering.begin(live, runner, conditions, mode, folder)
            except HumanError as error:
                return live.report(None, str(error))
            report = await self._execute(own, measurement.runner, selection)
            if report.run is None or report.cancelled:
                return report
            problem = await self._covering.read(live, measurement, conditions, own.stopping)
            return replace(report, problem=report.problem or problem)

    def cancel(self, token: str) -> None:
        """End a run, or take it out of the line."""
        own = self._own.get(token)
        if own is not None:
            own.stopping.set()
            if own.ticket is not None:
                self._queue.give_up(own.ticket)

    async def _found(self) -> Runner:
        """Return what runs pytest now: an interpreter that nobody named may be another by now."""
        runner, environment = self._runner, self._environment
        self._expected = await asyncio.to_thread(with_interpreter, runner, environment)
        return self._expected

    async def _execute(self, own: Own, runner: Runner, selection: Selection) -> RunReport:
        if problem := await asyncio.to_thread(runner.why_not):
            return own.live.report(None, problem)
        if selection.kind in {"lastFailed", "outstanding"}:
            # A terminal may have added failures a moment ago.
            await self._listener.settle()
        if selection.kind == "changed":
            chosen = await self._choose(selection)
            if chosen is None:
                return own.live.report(None)
            selection = chosen
        selection = self.scope.narrowed(selection)
        try:
            remembered = self._history.outstanding()
            runner = await self._for_one(runner, selection)
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
            if own.debug is not None:
                runner = replace(runner, workers=None)
            arguments = command_line(runner, selection.kind, file, paths or ())
            if own.debug is not None:
                return await self._let_debug(own, runner, arguments, conditions)
            return await self._start(own, runner, arguments, conditions)

    async def _for_one(self, runner: Runner, selection: Selection) -> Runner:
        """Return *runner* without workers where starting them takes longer than the tests."""
        remembered = self._remembered(selection)
        if runner.workers in {None, "0"} or not names_one(selection, remembered):
            return runner
        return replace(runner, workers=None) if await self._is_single(selection) else runner

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
        self, own: Own, runner: Runner, arguments: list[str], conditions: Conditions
    ) -> RunReport:
        try:
            process = await self._starter.start(runner, arguments, conditions, own.live.printed)
        except OSError as error:
            problem = f"{runner.interpreter} cannot be started ({error.strerror}): choose another."
            return own.live.report(None, problem)
        own.process = process
        own.live.command = shlex.join(arguments)
        self._pids.add(process.pid)
        self._watchdog.add(process.pid)
        own.listener.started(own.live)
        try:
            return await self._companion.accompany(own, process, runner)
        finally:
            self._watchdog.discard(process.pid)
            self._pids.discard(process.pid)
            self.expect_run()

    def expect_run(self) -> None:
        """Get ready for a run: there are signs that one may come."""
        self._starter.expect(self._expected, self.scope.starts)

    async def _let_debug(
        self, own: Own, runner: Runner, arguments: list[str], conditions: Conditions
    ) -> RunReport:
        """Let the client start pytest in a debugger."""
        live, token = own.live, own.live.name.run
        options = (f"--recall-debug={own.debug}", f"--recall-token={token}")
        live.command = shlex.join(arguments)
        environment = conditions.environment
        live.launch = launch_of(arguments, options, conditions.cwd, environment, self._environment)
        with self._debuggees.one(token) as own.process:
            own.listener.started(live)
            return await self._companion.accompany(own, own.process, runner)

    def debug_ended(self, token: str, output: str, problem: str | None) -> None:
        """Take the client's word that a debugger's session has ended."""
        if own := self._own.get(token):
            own.live.last_output = output
            self._debuggees.end(token, problem)

    def selected(self, selection: Selection) -> tuple[str, ...] | None:
        """Return what a run of *selection* names; None: what pytest collects by itself."""
        return selected_ids(selection, self._remembered(selection), self.scope)

    def _remembered(self, selection: Selection) -> tuple[str, ...]:
        history = self._history
        return history.outstanding() if selection.kind == "outstanding" else history.failed()

    def notice(self, paths: Iterable[str]) -> None:
        """Follow those of the journals *paths* that are new and not our own."""
        self.terminals.follow(path for path in paths if not self._is_ours(path))

    def _is_ours(self, path: str) -> bool:
        return storage.pid_of(path) in self._pids or self._debuggees.may_have_written(path)

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
        self.collecting.cancel()
        self._debuggees.end_all()
        self.terminals.stop()
        everything = (*self._own.values(), *self.collecting.own())
        processes = [own.process for own in everything if own.process is not None]
        await asyncio.gather(*(process.exited.wait() for process in processes))
        await self._starter.stop()
