"""Start runs: warm where that cannot be told from a cold start, else cold, and say why."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable, Mapping, Sequence

from pytest_recall_server.errors import HumanError
from pytest_recall_server.runs.command import ALWAYS, COLLECT_ONLY, CURES, LAUNCHER, Runner
from pytest_recall_server.runs.conditions import Conditions, Home, conditions_of
from pytest_recall_server.runs.process import Process, start_process
from pytest_recall_server.runs.recipe import Recipe
from pytest_recall_server.runs.warmth import Warmth
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import Coalesced

logger = logging.getLogger(__name__)

_FROM_THE_START = (
    *("PYTHONDEVMODE", "PYTHONPROFILEIMPORTTIME", "PYTHONTRACEMALLOC", "PYTHONPERFSUPPORT"),
    *("PYTHONVERBOSE", "PYTHONINSPECT", "PYTHONDUMPREFS"),
    *("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "COV_CORE_SOURCE"),
)
"""Variables by which a process is watched from its start: imports belong to what is seen."""
_DECIDING = ("-p", "-c", "-o", "-W", "--rootdir", "--override-ini", "--assert", "--disable-plugin")
"""Beginnings of arguments on which it depends what is imported."""


class Starter:
    """Starts the runs of one root."""

    def __init__(
        self,
        environment: Mapping[str, str],
        home: Home,
        watchdog: Watchdog,
        config_files: Sequence[str],
    ) -> None:
        self._environment = environment
        self._home = home
        self._warmth = Warmth(LAUNCHER, config_files, watchdog)
        self._expected: tuple[Runner, tuple[str, ...]] | None = None
        self._expecting = Coalesced("expect a run", self._expect)

    async def start(
        self,
        runner: Runner,
        arguments: Sequence[str],
        conditions: Conditions,
        on_output: Callable[[str], None],
    ) -> Process:
        """Start a run by the command line *arguments*; raise ``OSError`` where it cannot be."""
        recipe = self._recipe(runner, conditions)
        reason = _why_cold(runner, recipe, arguments)
        if reason is None:
            found = await self._warmth.fork(recipe, arguments[2:], on_output)
            if isinstance(found, Process):
                logger.info("run is warm")
                return found
            reason = found
        logger.info("run is cold: %s", reason)
        return await start_process(arguments, conditions.cwd, conditions.environment, on_output)

    def _recipe(self, runner: Runner, conditions: Conditions) -> Recipe:
        """Return how a process for such runs is to wait."""
        args = runner.args
        if args[-len(COLLECT_ONLY) :] == COLLECT_ONLY:
            args = args[: -len(COLLECT_ONLY)]
        return Recipe(
            interpreter=runner.interpreter or "",
            root=self._home.rootdir,
            cwd=conditions.cwd,
            environment=conditions.environment,
            arguments=(*CURES, "--", *ALWAYS, *args, *(conditions.paths or ())),
        )

    # Getting ready.

    def expect(self, runner: Runner, starts: tuple[str, ...]) -> None:
        """Get ready for a run by *runner*; *starts* are where the root has its tests."""
        self._expected = (runner, starts)
        self._expecting.ask()

    def runner_changed(self, runner: Runner, starts: tuple[str, ...]) -> None:
        """Take it that runs are by *runner* from now on; be ready again if ready before."""
        if not runner.warm:
            self._warmth.give_back()
        if self._expected is not None:
            self.expect(runner, starts)

    async def _expect(self) -> None:
        if self._expected is None:
            return
        runner, starts = self._expected
        if not runner.warm or _why_never() is not None:
            return
        try:
            recipe = await asyncio.to_thread(self._expected_recipe, runner, starts)
        except HumanError:
            # The run itself will say it.
            return
        if recipe is not None:
            self._warmth.prepare(recipe)

    def _expected_recipe(self, runner: Runner, starts: tuple[str, ...]) -> Recipe | None:
        if runner.why_not() is not None:
            return None
        conditions = conditions_of(runner, self._environment, self._home, starts)
        if _why_watched(conditions.environment) is not None:
            return None
        return self._recipe(runner, conditions)

    async def prepared(self) -> None:
        """Wait until everything is done to be ready for the expected run."""
        await self._expecting.now()
        await self._warmth.prepared()

    async def stop(self) -> None:
        """Let nothing wait any more."""
        self._expected = None
        self._expecting.stop()
        await self._warmth.stop()


def _why_cold(runner: Runner, recipe: Recipe, arguments: Sequence[str]) -> str | None:
    if not runner.warm:
        return "pytestRecall.warmStart is off"
    if runner.why_cold is not None:
        return runner.why_cold
    if (problem := _why_never()) is not None:
        return problem
    if list(arguments[:2]) != [recipe.interpreter, LAUNCHER]:
        return "pytest is started by another program"
    more = set(arguments[2:]).difference(recipe.arguments)
    if deciding := sorted(each for each in more if each.startswith(_DECIDING)):
        return f"{deciding[0]} may bring other plugins"
    return _why_watched(recipe.environment)


def _why_never() -> str | None:
    if sys.platform == "win32":
        return "there is no fork on Windows"
    if sys.platform == "darwin":
        return "macOS lets forked processes crash in its own libraries"
    return None


def _why_watched(environment: Mapping[str, str]) -> str | None:
    names = [name for name in _FROM_THE_START if environment.get(name)]
    return f"{names[0]} is set" if names else None
