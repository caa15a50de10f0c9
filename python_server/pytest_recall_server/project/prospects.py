"""What runs of one root would do if they were started now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.preview import Preview
from pytest_recall_server.model.walk import Stand
from pytest_recall_server.project.preview import Foresight
from pytest_recall_server.project.running import Runs
from pytest_recall_server.project.stepping import Stepping


@dataclass(frozen=True, kw_only=True, slots=True)
class Freshness:
    """What is waited for, so that answers are of now and not of a moment ago."""

    opened: asyncio.Event
    """The root was read for the first time."""
    reread: Callable[[], Awaitable[None]]
    """Read the cache again."""
    settle: Callable[[], Awaitable[None]]
    """Read the cache again, and tell of it."""


class Prospects:
    """Foresees runs with the arguments that they would have."""

    def __init__(
        self,
        runs: Runs,
        foresight: Foresight,
        stepping: Stepping,
        choose: Callable[[Selection], Awaitable[Selection | None]],
        freshness: Freshness,
    ) -> None:
        """Take *choose*, which says what runs when files were saved; None: nothing."""
        self._runs = runs
        self._foresight = foresight
        self._stepping = stepping
        self._choose = choose
        self._freshness = freshness

    async def preview(self, selection: Selection) -> Preview:
        """Return what a run of *selection* would do; nothing is started."""
        await self._freshness.opened.wait()
        # A terminal may have changed what is remembered a moment ago.
        await self._freshness.reread()
        if selection.kind == "changed":
            chosen = await self._choose(selection)
            if chosen is None:
                return Preview()
            selection = chosen
        runs = self._runs
        selection = runs.scope.narrowed(selection)
        return await self._foresight.of(selection, runs.selected(selection), runs.runner.args)

    async def stepwise(self, selection: Selection) -> Stand:
        """Return where stepwise stands on its way through *selection*; nothing is started."""
        await self._freshness.opened.wait()
        # A terminal may have gone on a moment ago.
        await self._freshness.settle()
        ahead = replace(selection, kind="stepwise")
        return await self._stepping.stand(lambda: self.preview(ahead))
