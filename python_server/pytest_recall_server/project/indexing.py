"""Parse the files of one root, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import io
import logging
import os
import time
import tokenize
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from math import inf

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.discovery import Discovery, FileTests
from pytest_recall_server.index.remembered import Stamp
from pytest_recall_server.index.walk import (
    FoundFile,
    found_file,
    has_doctests,
    is_test_file,
    walk,
    walk_below,
)
from pytest_recall_server.model.outline import Definition
from pytest_recall_server.model.text import split_lines
from pytest_recall_server.project.tree import ParsedFile
from pytest_recall_server.tasks import Coalesced

logger = logging.getLogger(__name__)

_REMEMBER_AFTER = 3.0
"""Seconds between a parse and its being remembered; more parses within them are one write."""


class Indexer:
    """Finds and parses files; one piece of work at a time, in a thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._discovery = Discovery(config)
        self._loaded = False
        self._lock = asyncio.Lock()
        self._remembering = Coalesced(
            "remember what was parsed", self._remember, _REMEMBER_AFTER, _REMEMBER_AFTER
        )

    @property
    def parsed(self) -> int:
        """How many files were parsed, and not remembered."""
        return self._discovery.parsed

    async def stop(self) -> None:
        """Remember what was parsed for the next start."""
        self._remembering.stop()
        await self._remember()

    async def _remember(self) -> None:
        async with self._lock:
            content = await asyncio.to_thread(self._discovery.content)
        if content is not None:
            await asyncio.to_thread(self._write, content)

    def _write(self, content: bytes) -> None:
        try:
            self._discovery.write(content)
        except OSError as error:
            logger.debug("What was parsed is not remembered: %s", error)

    @property
    def nested(self) -> tuple[str, ...]:
        """The absolute folders that are left to other roots."""
        return self._config.nested

    def leave(self, nested: tuple[str, ...]) -> None:
        """From now on leave what is in the absolute folders *nested* to other roots."""
        self._config = replace(self._config, nested=nested)

    def leaves_to_others(self, path: str) -> bool:
        """Tell whether *path* (relative) lies in another root."""
        return self._config.leaves_to_others(os.path.join(self._config.rootdir, path))

    async def find(self) -> list[FoundFile]:
        """Return all test files."""
        return await asyncio.to_thread(lambda: list(walk(self._config)))

    async def look(self, seen: Mapping[str, Stamp]) -> tuple[dict[str, Stamp], set[str]]:
        """Return all test files as they are, and which files are others than those *seen*.

        Among the latter are files without tests that others depend on.
        """
        async with self._lock:
            return await asyncio.to_thread(self._look, seen)

    def _look(self, seen: Mapping[str, Stamp]) -> tuple[dict[str, Stamp], set[str]]:
        now = {file.path: (file.modified, file.size) for file in walk(self._config)}
        changed = {path for path, stamp in now.items() if seen.get(path) != stamp}
        changed.update(seen.keys() - now.keys())
        others = {
            path: stamp for path, stamp in self._discovery.stamps().items() if path not in now
        }
        there = {file.path: (file.modified, file.size) for file in self._existing(list(others))}
        changed.update(path for path, stamp in others.items() if there.get(path) != stamp)
        return now, changed

    async def dependents(self, paths: Iterable[str]) -> set[str]:
        """Return the files (relative) whose tests depend on one of *paths* (relative) too."""
        python = [path for path in paths if path.endswith(".py")]
        async with self._lock:
            return await asyncio.to_thread(self._discovery.dependents, python)

    async def below(self, paths: Iterable[str]) -> set[str]:
        """Return the test files (relative) in those of *paths* (relative) that are folders."""
        wanted = sorted(paths)
        return await asyncio.to_thread(self._below, wanted)

    def _below(self, paths: Sequence[str]) -> set[str]:
        folders = (os.path.join(self._config.rootdir, path) for path in paths)
        return {file.path for folder in folders for file in walk_below(self._config, folder)}

    async def existing(self, paths: Sequence[str]) -> list[FoundFile]:
        """Return those of *paths* (relative) that are files."""
        return await asyncio.to_thread(self._existing, paths)

    def _existing(self, paths: Sequence[str]) -> list[FoundFile]:
        found = []
        for path in paths:
            absolute = os.path.join(self._config.rootdir, path)
            try:
                status = os.stat(absolute)
            except (OSError, ValueError):
                continue
            if os.path.isfile(absolute):
                found.append(found_file(path, status))
        return found

    async def are_tests(self, paths: Sequence[str]) -> list[str]:
        """Return those of *paths* (relative) that pytest would collect by itself."""
        return await asyncio.to_thread(
            lambda: [
                path
                for path in paths
                if is_test_file(self._config, os.path.join(self._config.rootdir, path))
            ]
        )

    def may_hold_tests(self, path: str) -> bool:
        """Tell by its name alone whether the file at *path* (relative) may hold tests."""
        return path.endswith(".py") or has_doctests(
            self._config, os.path.join(self._config.rootdir, path)
        )

    async def parse(self, files: Sequence[FoundFile]) -> list[ParsedFile]:
        """Parse *files*; those that cannot be read are left out."""
        parsed, _ = await self.parse_for(inf, files)
        return parsed

    async def parse_for(
        self, seconds: float, files: Sequence[FoundFile]
    ) -> tuple[list[ParsedFile], int]:
        """Parse the first of *files*, as many as it takes so long; return also how many."""
        async with self._lock:
            found = await asyncio.to_thread(self._parse, seconds, files)
        self._remembering.ask()
        return found

    def _parse(self, seconds: float, files: Sequence[FoundFile]) -> tuple[list[ParsedFile], int]:
        end = time.monotonic() + seconds
        if not self._loaded:
            self._loaded = True
            self._discovery.load()
        self._discovery.begin(files)
        parsed: list[ParsedFile] = []
        for done, file in enumerate(files, 1):
            if (found := self._discovery.file(file.path)) is not None:
                parsed.append(parsed_file(file.path, found))
            if time.monotonic() > end:
                return parsed, done
        return parsed, len(files)

    async def parse_text(self, path: str, lines: Sequence[str]) -> tuple[Definition, ...] | None:
        """Return the tests in *lines*, which stand in an editor for the file at *path*."""
        async with self._lock:
            return await asyncio.to_thread(self._parse_lines, path, lines)

    def _parse_lines(self, path: str, lines: Sequence[str]) -> tuple[Definition, ...] | None:
        return self._discovery.text(path, "\n".join(lines))

    async def changed_lines(
        self, stamps: Mapping[str, Stamp | None]
    ) -> dict[str, tuple[Stamp, list[str]]]:
        """Return stamp and lines of those files whose stamps are others than these."""
        return await asyncio.to_thread(self._changed_lines, stamps)

    def _changed_lines(
        self, stamps: Mapping[str, Stamp | None]
    ) -> dict[str, tuple[Stamp, list[str]]]:
        found: dict[str, tuple[Stamp, list[str]]] = {}
        for path, known in stamps.items():
            with contextlib.suppress(OSError, ValueError):
                status = os.stat(os.path.join(self._config.rootdir, path))
                stamp = (status.st_mtime_ns, status.st_size)
                if stamp != known and (lines := self.lines_now(path)) is not None:
                    found[path] = (stamp, lines)
        return found

    def lines_now(self, path: str) -> list[str] | None:
        """Return the lines of a file, or None where it cannot be read.  Blocking."""
        text = _text_of(os.path.join(self._config.rootdir, path))
        return None if text is None else split_lines(text)

    def modified_now(self, path: str) -> int | None:
        """Return when a file was changed last (nanoseconds since the epoch).  Blocking."""
        with contextlib.suppress(OSError, ValueError):
            return os.stat(os.path.join(self._config.rootdir, path)).st_mtime_ns
        return None

    async def lines_of(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """Return the lines of those of *paths* that can be read."""
        return await asyncio.to_thread(self._lines_of, paths)

    def _lines_of(self, paths: Sequence[str]) -> dict[str, list[str]]:
        read = {path: self.lines_now(path) for path in paths}
        return {path: lines for path, lines in read.items() if lines is not None}


def parsed_file(path: str, found: FileTests) -> ParsedFile:
    """Return what was found in the file at *path* (relative)."""
    return ParsedFile(
        path=path,
        modified=found.modified,
        definitions=found.definitions,
        flat=found.flat,
        error=found.error,
    )


def _text_of(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            data = file.read()
    except (OSError, ValueError):
        return None
    return data.decode(_encoding_of(data), "replace")


def _encoding_of(data: bytes) -> str:
    """Return the encoding that Python reads a file in: a cookie or a mark at its start says it."""
    try:
        encoding, _ = tokenize.detect_encoding(io.BytesIO(data).readline)
    except SyntaxError:
        return "utf-8"
    return encoding
