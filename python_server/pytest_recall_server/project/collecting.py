"""Lets pytest collect the tests of one root, for what parsing cannot see; no test runs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from pytest_recall_server.model.changes import Collection, RunName, RunReport, Selection
from pytest_recall_server.project.accompanying import Own
from pytest_recall_server.project.following import RunListener
from pytest_recall_server.project.history import History
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.command import COLLECT_ONLY, Runner
from pytest_recall_server.tasks import spawn_task


class Collecting:
    """Collects, once at a time, beside the runs that clients ask for."""

    def __init__(
        self,
        history: History,
        settle: Callable[[], Awaitable[None]],
        runner: Callable[[], Awaitable[Runner]],
        execute: Callable[[Own, Runner, Selection], Awaitable[RunReport]],
    ) -> None:
        """Take *runner*, which returns what runs pytest now, and *execute*, which has it run."""
        self._history = history
        self._settle = settle
        self._runner = runner
        self._execute = execute
        self._under_way: tuple[Own, asyncio.Task[Collection]] | None = None

    async def collect(self) -> Collection:
        """Let pytest collect all tests, and return when what it found is known.

        A second call while one is under way takes part in it.
        """
        if self._under_way is None:
            live = LiveRun(RunName(run="collect", token="collect"), self._history)  # noqa: S106
            # Nobody watches it: it is no run of tests.
            quiet = RunListener(
                started=lambda _: None,
                went_on=_drop,
                ended=lambda *_: None,
                settle=self._settle,
                queued=lambda: None,
            )
            own = Own(ticket=None, live=live, listener=quiet)
            self._under_way = (own, spawn_task(self._collect(own), "collect tests"))
        return await asyncio.shield(self._under_way[1])

    async def _collect(self, own: Own) -> Collection:
        # Workers collect nothing that is not to run.
        runner = await self._runner()
        runner = replace(runner, args=(*runner.args, *COLLECT_ONLY), workers=None)
        try:
            report = await self._execute(own, runner, Selection(kind="all"))
        finally:
            self._under_way = None
        tests, errors = own.live.collected
        return Collection(
            tests=tests, errors=errors, cancelled=report.cancelled, problem=report.problem
        )

    def cancel(self) -> None:
        """End a collection that is under way."""
        for own in self.own():
            own.stopping.set()

    def own(self) -> tuple[Own, ...]:
        """Return the collection that is under way, if there is one."""
        return () if self._under_way is None else (self._under_way[0],)


def _drop(live: LiveRun) -> None:
    live.take()
