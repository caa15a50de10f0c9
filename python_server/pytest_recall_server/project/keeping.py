"""What people do to the cache of one root: look whether it is sound, take things out, put back."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pytest_recall import doctor
from pytest_recall_server.index.config import Config
from pytest_recall_server.model.imported import Into
from pytest_recall_server.project import checkup, importing, inspect, removing, undoing
from pytest_recall_server.project.importing import Given, Imported


@dataclass(frozen=True, kw_only=True, slots=True)
class Effects:
    """What is to happen in the root when its cache has been changed here."""

    fewer: Callable[[], Awaitable[None]]
    """Something was taken out."""
    more: Callable[[], Awaitable[None]]
    """Something is there again, or for the first time, that the past runs tell of, too."""
    nothing_left: Callable[[], None]
    """All is gone: forget it before `fewer` is told."""
    imported: Callable[[], Awaitable[None]]
    """There is another journal, which nobody has written here."""


class Keeping:
    """Changes the cache of one root, and sees to it that everybody hears of it."""

    def __init__(self, config: Config, effects: Effects) -> None:
        self._config = config
        self._effects = effects

    @property
    def _cachedir(self) -> Path:
        """The cache directory as pytest knows it, which resolves links on the way."""
        return Path(os.path.realpath(self._config.cache_dir))

    async def clear(self) -> removing.Removal:
        """Remove all values and directories of the cache."""
        removal = await asyncio.to_thread(removing.clear, self._cachedir)
        self._effects.nothing_left()
        await self._effects.fewer()
        return removal

    async def delete(self, key: str, kind: inspect.Kind) -> removing.Removal:
        """Take one key out of the cache; raise ``HumanError`` where that cannot be."""
        return await self._remove(lambda: removing.delete(self._cachedir, key, kind))

    async def forget(self, ids: Iterable[str]) -> removing.Removal:
        """Remember tests as failed or unfinished no longer; raise ``HumanError`` if that fails."""
        return await self._remove(lambda: removing.forget(self._cachedir, ids))

    async def prune(self) -> removing.Removal:
        """Forget the ids of tests that are gone; raise ``HumanError`` if that fails."""
        return await self._remove(lambda: removing.prune(checkup.place_of(self._config)))

    async def _remove(self, remove: Callable[[], removing.Removal]) -> removing.Removal:
        removal = await asyncio.to_thread(remove)
        await self._effects.fewer()
        return removal

    async def undo(self, name: str | None) -> undoing.Undone:
        """Put back what a change of the cache has taken away; None: the last one.

        Raise ``HumanError`` where nothing can be put back.
        """
        undone = await asyncio.to_thread(undoing.undo, self._cachedir, name)
        await self._effects.more()
        return undone

    async def sweep(self) -> None:
        """Let go of what was set aside long ago."""
        await asyncio.to_thread(undoing.sweep, self._cachedir)

    async def examine(self) -> doctor.Report:
        """Return how the cache is."""
        return await asyncio.to_thread(checkup.examine, self._config)

    async def repair(self) -> doctor.Report:
        """Repair the cache, take in what that has brought back, and return how it is then."""
        report = await asyncio.to_thread(checkup.repair, self._config)
        await self._effects.more()
        return report

    async def import_run(self, given: Sequence[Given], into: Into) -> Imported:
        """Import what others have reported, and tell of what that has changed."""
        imported = await asyncio.to_thread(importing.import_run, self._config, given, into)
        await self._effects.imported()
        return imported
