"""The waiting process of one root: started, used, replaced, given back."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Sequence

from pytest_recall_server.runs.process import Process
from pytest_recall_server.runs.recipe import Recipe, dated
from pytest_recall_server.runs.waiting import Spoiled, Waiting, start_waiting
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import Coalesced

logger = logging.getLogger(__name__)

IDLE_SECONDS = "PYTEST_RECALL_WAITING_SECONDS"
"""A variable of the server's environment: how long a waiting process may wait for a run."""
_IDLE = 600.0
_ESSENTIAL = ("python", "pytest", "pytest_recall.plugin")


class Warmth:
    """At most one waiting process is ready, and at most one is to take its place."""

    def __init__(self, launcher: str, config_files: Sequence[str], watchdog: Watchdog) -> None:
        """*config_files*: names of files in which pytest looks for its options."""
        self._launcher = launcher
        self._config_files = config_files
        self._watchdog = watchdog
        self._now: Waiting | None = None
        self._next: Waiting | None = None
        self._wanted: Recipe | None = None
        self._spoiled: Spoiled | None = None
        """The plugin before which importing stops, as long as nothing changes."""
        self._failed: tuple[Recipe, str] | None = None
        """What could not be prepared, and why."""
        self._preparing = Coalesced("prepare a waiting process", self._prepare)
        self._idle: asyncio.TimerHandle | None = None

    # Use.

    async def fork(
        self, recipe: Recipe, arguments: Sequence[str], on_output: Callable[[str], None]
    ) -> Process | str:
        """Return a run that was forked, or the reason why there is none."""
        recipe = await asyncio.to_thread(dated, recipe, self._config_files)
        waiting = self._now
        if waiting is None or waiting.state != "ready" or waiting.basis is None:
            return self._why_none(recipe)
        reason = waiting.recipe.why_other(recipe)
        reason = reason or await asyncio.to_thread(waiting.basis.why_outdated)
        if reason is not None:
            self._spoiled = None
            self._drop()
            return reason
        process = await waiting.fork(arguments, on_output)
        return "the waiting process has ended" if process is None else process

    def _why_none(self, recipe: Recipe) -> str:
        if self._failed is not None and self._failed[0] == recipe:
            return self._failed[1]
        if self._next is not None:
            return "the waiting process is still importing"
        return "no process is waiting yet"

    # Preparation.

    def prepare(self, recipe: Recipe) -> None:
        """See to it that a process waits for such runs, and that no run was forked from it yet."""
        self._wanted = recipe
        self._preparing.ask()
        if self._now is not None:
            self._be_idle_from_now()

    async def _prepare(self) -> None:
        if self._wanted is None:
            return
        recipe = await asyncio.to_thread(dated, self._wanted, self._config_files)
        if self._failed is not None and self._failed[0] == recipe:
            return
        if await self._is_prepared(recipe):
            return
        while (spoiled := await self._import(recipe)) is not None:
            said = f"{spoiled.plugin} {spoiled.why}"
            if spoiled.plugin in _ESSENTIAL or spoiled == self._spoiled:
                self._failed = (recipe, f"nothing can be imported ahead: {said}")
                return
            logger.info("Runs import %s themselves: it %s", spoiled.plugin, spoiled.why)
            self._spoiled = spoiled

    async def _is_prepared(self, recipe: Recipe) -> bool:
        waiting = self._now
        if waiting is None or waiting.state != "ready" or waiting.used or waiting.basis is None:
            return False
        if waiting.recipe.why_other(recipe) is not None:
            return False
        return await asyncio.to_thread(waiting.basis.why_outdated) is None

    async def _import(self, recipe: Recipe) -> Spoiled | None:
        """Start a process, wait until it is ready, and let it take the place of the one before."""
        until = None if self._spoiled is None else self._spoiled.plugin
        try:
            self._next = await start_waiting(self._launcher, recipe, until, self._watchdog)
        except OSError as error:
            self._failed = (recipe, f"no waiting process can be started: {error}")
            return None
        try:
            await self._next.settled.wait()
        finally:
            new, self._next = self._next, None
            if new.state != "ready":
                new.retire()
        if new.state == "ready":
            self._drop()
            self._now = new
            self._failed = None
            logger.info("A process waits for runs in %s: %s", recipe.root, new.process.pid)
            self._be_idle_from_now()
        elif new.state == "gone":
            self._failed = (recipe, "the waiting process has ended before it was ready")
        return new.spoiled

    # Giving back.

    def _drop(self) -> None:
        if self._now is not None:
            self._now.retire()
            self._now = None

    def _be_idle_from_now(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
        seconds = float(os.environ.get(IDLE_SECONDS, _IDLE))
        self._idle = asyncio.get_running_loop().call_later(seconds, self._idle_for_long)

    def _idle_for_long(self) -> None:
        logger.info("No run for long: the waiting process is given back")
        self.give_back()

    def give_back(self) -> None:
        """End the waiting process as soon as its runs have ended; the next run is cold."""
        self._wanted = None
        self._preparing.stop()
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None
        if self._next is not None:
            self._next.retire()
        self._drop()

    async def prepared(self) -> None:
        """Wait until what was last asked for is done."""
        await self._preparing.now()

    async def stop(self) -> None:
        """End the waiting process, and wait for its end."""
        waiting = [each for each in (self._now, self._next) if each is not None]
        self.give_back()
        await asyncio.gather(*(each.ended() for each in waiting))
