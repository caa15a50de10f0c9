"""Keep the tree true to the files on disk."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import replace

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.remembered import Stamp
from pytest_recall_server.index.walk import FoundFile
from pytest_recall_server.model.changes import TreeChange
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.tree import ParsedFile, Tree

# Seconds of parsing before the first files are told, and before more are.
_FIRST = 0.03
_MORE = 0.25
# From so many changed files on, looking at all is quicker than at each.
_MANY_FILES = 500

Listen = Callable[[TreeChange], None]
Learn = Callable[[], Awaitable[None]]


async def _nothing() -> None:
    """Learn nothing."""


class Files:
    """Finds and parses files; one change at a time."""

    def __init__(
        self,
        config: Config,
        history: History,
        tree: Tree,
        documents: Mapping[str, Document],
        listen: Listen,
    ) -> None:
        self.indexer = Indexer(config)
        self._history = history
        self._tree = tree
        self._documents = documents
        self._listen = listen
        self._lock = asyncio.Lock()
        self._seen: dict[str, Stamp] = {}
        """The files of the last walk."""
        self.is_complete = False
        """All files have been told."""
        self.timings: dict[str, float] = {}
        """Seconds until the first files were told, and until all were, at the last time."""

    async def read_all(self, learn: Learn = _nothing) -> None:
        """Find and parse all files, those with failures first, and tell of them in batches.

        *learn* reads the known ids, which may be many, once the first files are told.
        """
        async with self._lock:
            await self._read_all(learn)

    async def read_again(self) -> None:
        """Find and parse all files, and tell everything as if nothing had been told."""
        async with self._lock:
            found = await self._find()
            for file in await self.indexer.parse(found):
                self._put(file)
            self._drop_all_but(file.path for file in found)
            self._tree.forget_told()
            self._tell(self._tree.paths(), reset=True, complete=True)

    def _drop_all_but(self, paths: Iterable[str]) -> set[str]:
        gone = self._tree.paths().difference(paths)
        for path in gone:
            self._tree.drop(path)
        return gone

    async def _find(self) -> list[FoundFile]:
        """Return all files to show, those with failures first."""
        found = {file.path: file for file in await self.indexer.find()}
        self._seen = {path: (file.modified, file.size) for path, file in found.items()}
        extra = sorted(self._remembered() - found.keys())
        found.update((file.path, file) for file in await self.indexer.existing(extra))
        failing = set(map(path_of, self._history.memory().failed))
        return sorted(
            found.values(), key=lambda file: (file.path not in failing, -file.modified, file.path)
        )

    async def _read_all(self, learn: Learn = _nothing) -> None:
        began = time.perf_counter()
        reset = not self._tree.paths()
        order = await self._find()
        at, seconds = 0, _FIRST
        while at < len(order):
            parsed, done = await self.indexer.parse_for(seconds, order[at:])
            at += done
            self._tell([self._put(file) for file in parsed], reset=reset, complete=False)
            if seconds == _FIRST:
                self.timings["first"] = time.perf_counter() - began
                await learn()
            reset, seconds = False, _MORE
        if not order:
            await learn()
        gone = self._drop_all_but(file.path for file in order)
        gone |= self._history.take_touched(self._tree.paths())
        self._tell(gone, reset=reset, complete=True)
        self.timings["tests"] = time.perf_counter() - began

    async def look(self) -> set[str]:
        """Return the files (relative paths) that have changed since they were last looked at."""
        async with self._lock:
            self._seen, changed = await self.indexer.look(self._seen)
        return changed

    async def read_some(self, paths: set[str]) -> None:
        """Look again at files and folders (relative paths) that appeared, changed or went."""
        async with self._lock:
            if len(paths) > _MANY_FILES or any(path.endswith("conftest.py") for path in paths):
                await self._read_all()
            else:
                await self._read_some(paths)

    async def _read_some(self, paths: set[str]) -> None:
        below = tuple(path + "/" for path in paths)
        paths = paths | {path for path in self._tree.paths() if path.startswith(below)}
        paths |= await self.indexer.dependents(paths)
        # A folder that was moved here is told as itself: its files have no event of their own.
        paths |= await self.indexer.below(path for path in paths if not path.endswith(".py"))
        some = sorted(filter(self.indexer.may_hold_tests, paths))
        wanted = {*await self.indexer.are_tests(some), *(self._remembered() & set(some))}
        parsed = await self.indexer.parse(await self.indexer.existing(sorted(wanted)))
        for file in parsed:
            self._history.touched.add(self._put(file))
        for path in set(some) - {file.path for file in parsed}:
            self._tree.drop(path)
            self._history.touched.add(path)

    async def read_unusual(self) -> None:
        """Parse files that the walk does not find but a run has collected."""
        remembered = self._remembered()
        known = self._tree.paths()
        missing = sorted(remembered - known)
        lent = {path for path in known if self.indexer.leaves_to_others(path)}
        if not missing and lent <= remembered:
            return
        async with self._lock:
            for path in lent - remembered:
                self._tree.drop(path)
                self._history.touched.add(path)
            for file in await self.indexer.parse(await self.indexer.existing(missing)):
                self._history.touched.add(self._put(file))

    def _remembered(self) -> set[str]:
        """Return the files to show even where the walk does not find them.

        In another root only what is outstanding here: the rest is shown there.
        """
        outstanding = self._history.outstanding_paths()
        leaves = self.indexer.leaves_to_others
        return {path for path in self._history.paths() if path in outstanding or not leaves(path)}

    def _put(self, file: ParsedFile) -> str:
        document = self._documents.get(file.path)
        known = self._tree.file(file.path)
        if document is not None and known is not None and known.definitions is not None:
            # The editor's text counts: the file's lines may be others.
            file = replace(
                file,
                definitions=known.definitions,
                flat=known.flat,
                edited=not document.is_saved,
            )
        self._tree.put(file)
        return file.path

    def _tell(self, paths: Iterable[str], *, reset: bool, complete: bool) -> None:
        change = self._tree.change(paths)
        if change is None and not reset and not complete:
            return
        self.is_complete = complete
        change = change or TreeChange(reset=reset, complete=complete)
        self._listen(replace(change, reset=reset, complete=complete))
