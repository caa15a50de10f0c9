"""`--nf`: new tests first, and the memory of which tests have been seen."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from pytest_recall import store
from pytest_recall.cache import cache_of, is_worker, tell
from pytest_recall.distribution import handed_over, id_of
from pytest_recall.hooks import Hooks
from pytest_recall.kept import read_known
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.settings import Settings


class NFPlugin(Hooks):
    """Order tests by new and by newest file, and note the ids that were selected."""

    def __init__(self, config: pytest.Config, lastfailed: LFPlugin, settings: Settings) -> None:
        self.config = config
        self.active: bool = config.option.newfirst
        self.seen: list[str] = []
        """Ids of the tests this run has selected, in order."""
        self._items: list[pytest.Item] = []
        """Those tests."""
        self.key = settings.key_of(store.NODEIDS)
        self._environment = settings.environment
        self._lastfailed = lastfailed
        self._id_of = id_of(config)
        self._known: set[str] | None = None

    @property
    def known(self) -> set[str]:
        """The ids known when they were first asked for; nobody asks without `--nf`."""
        told = handed_over(self.config) if self._known is None else None
        if told is not None and told["nodeids"] is not None:
            self._known = set(told["nodeids"])
        if self._known is None:
            kept = read_known(cache_of(self.config).directory, self._environment)
            if kept.reading.error:
                cache = cache_of(self.config)
                cache.note(f"recall: {self.key} cannot be read: {kept.reading.error}")
            elif kept.damage and not is_worker(self.config):
                saved = len(kept.ids) or "none"
                tell(
                    self.config,
                    f"recall: {self.key} is damaged ({kept.damage}); known tests that could be"
                    f" saved from it: {saved}",
                )
            self._known = set(kept.ids)
        return self._known

    def ids_of(self, items: list[pytest.Item]) -> list[str]:
        """Return the ids of the tests *items*, without asking them if they are those selected."""
        is_known = bool(self._items) and items == self._items
        return self.seen if is_known else list(map(self._id_of, items))

    @property
    def cached_nodeids(self) -> set[str]:
        """The ids known now."""
        return self.known.union(self.seen)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(
        self, items: list[pytest.Item]
    ) -> Generator[None, object, object]:
        """Order what all other filters have left."""
        result = yield
        # The last-failed plugin has just been here, with nobody between: to ask each of very many
        # tests for its id once more takes longer than all else.
        ids, self._lastfailed.left = self._lastfailed.left, None
        if ids is None:
            ids = list(map(self._id_of, items))
        if self.active:
            from pytest_recall.selection import new_first

            times = _Times()
            failed = self._lastfailed.failed_ids if self.config.option.failedfirst else None
            order = new_first(
                ids,
                self.known.__contains__,
                lambda index: times.of(items[index].path),
                None if failed is None else failed.__contains__,
            )
            items[:] = [items[index] for index in order]
            ids = [ids[index] for index in order]
        self.seen = ids
        self._items = items.copy()
        return result


class _Times:
    """Times of change, asked for once a file."""

    def __init__(self) -> None:
        self._times: dict[Path, float] = {}
        self._path: Path | None = None
        self._time = 0.0

    def of(self, path: Path) -> float:
        """Return the time of *path*; a file that is gone is the oldest."""
        # Tests of one file follow each other and share its path, and hashes of paths are slow.
        if path is not self._path:
            self._path, self._time = path, self._look_up(path)
        return self._time

    def _look_up(self, path: Path) -> float:
        time = self._times.get(path)
        if time is None:
            try:
                time = path.stat().st_mtime
            except OSError:
                time = 0.0
            self._times[path] = time
        return time
