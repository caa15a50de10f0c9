"""Reads what the cache directory of one root remembers, and again whenever it has changed."""

from __future__ import annotations

import asyncio
import logging

from pytest_recall_server.project import earlier, storage
from pytest_recall_server.project.history import History, Keys

logger = logging.getLogger(__name__)


class Rereading:
    """Keeps the history of one root up to date with its cache directory."""

    def __init__(self, cache_dir: str, history: History) -> None:
        self._cache_dir = cache_dir
        self._history = history
        self._signature: storage.Signature = ()
        self._unwritable: str | None = None

    @property
    def is_writable(self) -> bool:
        """Whether runs can put what they find out into the cache."""
        return self._unwritable is None

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on what cannot be read or written."""
        own = () if self._unwritable is None else (self._unwritable,)
        return (*self._history.keys.problems, *own)

    async def open(self) -> None:
        """Take up what dead runs have left, and read what has failed."""
        keys, self._unwritable = await asyncio.to_thread(storage.open_cache, self._cache_dir)
        self._history.set_keys(keys)

    async def read_keys(self) -> None:
        """Read which ids are known, too: whether a test is new, and which parameters it has."""
        self._history.set_keys(await asyncio.to_thread(self._keys_now))

    def _keys_now(self) -> Keys:
        return storage.read_keys(self._cache_dir, self._history.keys)

    async def read_journals(self) -> tuple[list[str], earlier.Past]:
        """Read what runs have told; return the paths of all journals, and what they tell."""
        self._signature = await asyncio.to_thread(storage.signature, self._cache_dir)
        paths = await asyncio.to_thread(storage.journals, self._cache_dir)
        past = await asyncio.to_thread(earlier.read_past, paths)
        earlier.take_in(past, self._history)
        self._history.add_old_imported(past.imported)
        return paths, past

    async def has_changed(self) -> bool:
        """Tell whether the cache is another than when it was last read."""
        now = await asyncio.to_thread(storage.signature, self._cache_dir)
        # Not before: it may have been read again meanwhile.
        return now != self._signature

    async def read_again(self) -> tuple[bool, list[str]]:
        """Read the keys again; return whether the cache has changed, and all its journals."""
        before, problems = self._signature, self.problems
        self._signature = await asyncio.to_thread(storage.signature, self._cache_dir)
        await self.read_keys()
        self._unwritable = await asyncio.to_thread(storage.why_unwritable, self._cache_dir)
        for problem in set(self.problems).difference(problems):
            logger.warning("%s: %s", self._cache_dir, problem)
        return before != self._signature, await asyncio.to_thread(storage.journals, self._cache_dir)
