"""Keep the tree true to the files on disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping

import attrs

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import FoundFile
from pytest_recall_server.model.changes import TreeChange
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.tree import ParsedFile, Tree

_FILES_AT_ONCE = 50
_FILES_A_MESSAGE = 200
# From so many changed files on, looking at all is quicker than at each.
_MANY_FILES = 500

Tell = Callable[[TreeChange], None]


class Files:
    """Finds and parses files; one change at a time."""

    def __init__(
        self,
        config: Config,
        history: History,
        tree: Tree,
        documents: Mapping[str, Document],
        tell: Tell,
    ) -> None:
        self.indexer = Indexer(config)
        self._history = history
        self._tree = tree
        self._documents = documents
        self._tell = tell
        self._lock = asyncio.Lock()

    async def read_all(self) -> None:
        """Find and parse all files, those with failures first, and tell of them in batches."""
        async with self._lock:
            await self._read_all()

    async def read_again(self) -> None:
        """Find and parse all files, and tell everything as if nothing had been told."""
        async with self._lock:
            found = await self._find()
            for at in range(0, len(found), _FILES_AT_ONCE):
                for file in await self.indexer.parse(found[at : at + _FILES_AT_ONCE]):
                    self._put(file)
            for path in self._tree.files.keys() - {file.path for file in found}:
                self._tree.drop(path)
            self._tell_all()

    async def _find(self) -> list[FoundFile]:
        """Return all files to show, those with failures first."""
        found = {file.path: file for file in await self.indexer.find()}
        extra = sorted(self._remembered() - found.keys())
        found.update((file.path, file) for file in await self.indexer.existing(extra))
        failing = set(map(path_of, self._history.memory().failed))
        return sorted(
            found.values(), key=lambda file: (file.path not in failing, -file.modified, file.path)
        )

    async def _read_all(self) -> None:
        reset = not self._tree.files
        order = await self._find()
        pending: list[str] = []
        for at in range(0, len(order), _FILES_AT_ONCE):
            parsed = await self.indexer.parse(order[at : at + _FILES_AT_ONCE])
            pending += [self._put(file) for file in parsed]
            if at == 0 or len(pending) >= _FILES_A_MESSAGE:
                self._tell_batch(pending, reset=reset, complete=False)
                reset, pending = False, []
        gone = self._tree.files.keys() - {file.path for file in order}
        for path in gone:
            self._tree.drop(path)
        self._tell_batch([*pending, *gone], reset=reset, complete=True)

    async def read_some(self, paths: set[str]) -> None:
        """Look again at files and folders (relative paths) that appeared, changed or went."""
        async with self._lock:
            if len(paths) > _MANY_FILES or any(path.endswith("conftest.py") for path in paths):
                await self._read_all()
            else:
                await self._read_some(paths)

    async def _read_some(self, paths: set[str]) -> None:
        below = tuple(path + "/" for path in paths)
        paths = paths | {path for path in self._tree.files if path.startswith(below)}
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
        missing = sorted(remembered - self._tree.files.keys())
        lent = {path for path in self._tree.files if self.indexer.leaves_to_others(path)}
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
        known = self._tree.files.get(file.path)
        if document is not None and known is not None and known.definitions is not None:
            # The editor's text counts: the file's lines may be others.
            file = attrs.evolve(file, definitions=known.definitions, edited=not document.is_saved)
        self._tree.put(file)
        return file.path

    def _tell_all(self) -> None:
        self._tree.forget_told()
        paths = sorted(self._tree.files)
        batches = [
            paths[at : at + _FILES_A_MESSAGE] for at in range(0, len(paths), _FILES_A_MESSAGE)
        ] or [[]]
        for number, batch in enumerate(batches, 1):
            self._tell_batch(batch, reset=number == 1, complete=number == len(batches))

    def _tell_batch(self, paths: Iterable[str], *, reset: bool, complete: bool) -> None:
        change = self._tree.change(paths, self._history) or TreeChange(reset=reset, complete=True)
        self._tell(attrs.evolve(change, reset=reset, complete=complete))
