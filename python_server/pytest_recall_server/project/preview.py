"""What a run would do, found out without starting one: from the disk and what is remembered."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from pytest_recall.narrowing import Wanted
from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import FoundFile
from pytest_recall_server.model.arguments import leave_all
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.listing import Listing, Sources, listing_of
from pytest_recall_server.model.preview import Memory, Preview, preview
from pytest_recall_server.model.why import Foreseen
from pytest_recall_server.project import storage
from pytest_recall_server.project.history import History
from pytest_recall_server.project.sight import look
from pytest_recall_server.project.tree import ParsedFile

_NS_PER_S = 10**9


class Parses(Protocol):
    """Parses files; those that cannot be read are left out."""

    async def parse(self, files: Sequence[FoundFile]) -> list[ParsedFile]: ...  # noqa: D102 # above


class Foresight:
    """Foresees the runs of one root."""

    def __init__(
        self,
        config: Config,
        history: History,
        indexer: Parses,
        parsed: Callable[[str], ParsedFile | None],
        environment: Mapping[str, str],
    ) -> None:
        """Take what was *parsed* so far, by path; what is not as on the disk is passed over."""
        self.config = config
        self._history = history
        self._indexer = indexer
        self._parsed = parsed
        self._leaves_all = leave_all(
            [*config.addopts, *_words(environment.get("PYTEST_ADDOPTS", ""))]
        )

    async def of(
        self, selection: Selection, ids: tuple[str, ...] | None, args: Iterable[str]
    ) -> Preview:
        """Return what a run of *selection* would do, which names *ids* and has *args*."""
        return (await self.foreseen(selection, ids, args)).found

    async def foreseen(
        self, selection: Selection, ids: tuple[str, ...] | None, args: Iterable[str]
    ) -> Foreseen:
        """Return the same with what it was made of, for reasons."""
        wanted = None if ids is None else Wanted.of(ids, selection.exclude)
        sight = await asyncio.to_thread(look, self.config, wanted)
        files = await self._listings(sight.files)
        memory = await asyncio.to_thread(self._memory)
        # Of tens of thousands of tests it takes its time.
        found = await asyncio.to_thread(preview, files, selection.kind, wanted, memory)
        certain = sight.certain and self._leaves_all and leave_all(args)
        certain = certain and not self._history.keys.problems
        chosen = Wanted.of(selection.ids or [""], selection.exclude)
        return Foreseen(
            files=files,
            kind=selection.kind,
            wanted=wanted,
            chosen=chosen if selection.ids or selection.exclude else None,
            memory=memory,
            found=replace(found, certain=found.certain and certain),
        )

    def _memory(self) -> Memory:
        keys = self._history.keys
        step = storage.read_step(self.config.cache_dir)
        return Memory(
            failed=keys.failed,
            unfinished=keys.unfinished,
            known=keys.node_ids or frozenset(),
            progress=step.progress,
            age=step.age(),
        )

    async def _listings(self, files: Iterable[tuple[FoundFile, int]]) -> list[Listing]:
        files = list(files)
        current = {file.path: self._current(file) for file, _ in files}
        missing = [file for file, _ in files if current[file.path] is None]
        current.update((each.path, each) for each in await self._indexer.parse(missing))
        return [
            self._listing(parsed, file, start)
            for file, start in files
            if (parsed := current[file.path]) is not None
        ]

    def _current(self, file: FoundFile) -> ParsedFile | None:
        """Return what was parsed of the file as it is: a run does not see what is not saved."""
        parsed = self._parsed(file.path)
        if parsed is None or parsed.edited or parsed.modified != file.modified:
            return None
        return parsed

    def _listing(self, parsed: ParsedFile, file: FoundFile, start: int) -> Listing:
        history, path = self._history, parsed.path
        since = file.modified / _NS_PER_S
        sources = Sources(
            definitions=None if parsed.definitions is None else tuple(parsed.definitions),
            known=history.known(path, since),
            collected=history.collected(path, since),
            whole=history.is_whole(path, since),
        )
        listing = listing_of(path, sources)
        return replace(
            listing,
            broken=parsed.error is not None,
            certain=listing.certain and not self._failed_since(path, since),
            changed=_seconds(file.modified),
            start=start,
        )

    def _failed_since(self, path: str, since: float) -> bool:
        """Tell whether a run could not collect the file as it is now: maybe the next can."""
        result = self._history.results.get(path)
        return result is not None and result.failing and (result.when or 0.0) >= since


def _seconds(nanoseconds: int) -> float:
    """Return a time of change as ``st_mtime`` has it, so that what is equal there is here."""
    whole, rest = divmod(nanoseconds, _NS_PER_S)
    return whole + 1e-9 * rest


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        # pytest refuses them.
        return [text]
