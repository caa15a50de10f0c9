"""Parse the files of one root, off the event loop."""

from __future__ import annotations

import asyncio
import contextlib
import io
import os
import tokenize
from collections.abc import Iterable, Mapping, Sequence

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.definitions import definitions
from pytest_recall_server.index.modules import Modules, Stamp
from pytest_recall_server.index.parse import parse
from pytest_recall_server.index.walk import FoundFile, is_test_file, relative_path, walk, walk_below
from pytest_recall_server.model.outline import Definition, Module, SourceError
from pytest_recall_server.model.text import split_lines
from pytest_recall_server.project.tree import ParsedFile


class Indexer:
    """Finds and parses files; one piece of work at a time, in a thread."""

    def __init__(self, config: Config) -> None:
        self._config = config
        search = (config.rootdir, os.path.join(config.rootdir, "src"), *config.python_path)
        self._modules = Modules(
            config.rootdir,
            tuple(_relative(config.rootdir, path) for path in dict.fromkeys(search)),
        )
        self._lock = asyncio.Lock()

    async def find(self) -> list[FoundFile]:
        """Return all test files."""
        return await asyncio.to_thread(lambda: list(walk(self._config)))

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
                found.append(FoundFile(path=path, modified=status.st_mtime_ns))
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

    async def parse(self, files: Sequence[FoundFile]) -> list[ParsedFile]:
        """Parse *files*; those that cannot be read are left out."""
        async with self._lock:
            return await asyncio.to_thread(self._parse, files)

    def _parse(self, files: Sequence[FoundFile]) -> list[ParsedFile]:
        self._modules.begin()
        parsed = (self._parse_one(file) for file in files)
        return [file for file in parsed if file is not None]

    def _parse_one(self, file: FoundFile) -> ParsedFile | None:
        if not file.path.endswith(".py"):
            return ParsedFile(path=file.path, modified=file.modified, definitions=None)
        entry = self._modules.outline(file.path)
        if entry is None:
            return None
        (modified, _), outline = entry
        if isinstance(outline, SourceError):
            return ParsedFile(path=file.path, modified=modified, definitions=None, error=outline)
        found = definitions(file.path, outline, self._config.rules, self._modules)
        return ParsedFile(path=file.path, modified=modified, definitions=found)

    async def parse_text(self, path: str, text: str) -> tuple[Definition, ...] | None:
        """Return the tests in *text*, which stands in an editor for the file at *path*."""
        async with self._lock:
            return await asyncio.to_thread(self._parse_text, path, text)

    def _parse_text(self, path: str, text: str) -> tuple[Definition, ...] | None:
        outline = parse(text)
        if isinstance(outline, SourceError):
            return None
        return self._definitions_of(path, outline)

    def _definitions_of(self, path: str, outline: Module) -> tuple[Definition, ...]:
        self._modules.begin()
        with self._modules.standing_in(path, outline):
            return definitions(path, outline, self._config.rules, self._modules)

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

    async def lines_of(self, paths: Sequence[str]) -> dict[str, list[str]]:
        """Return the lines of those of *paths* that can be read."""
        return await asyncio.to_thread(self._lines_of, paths)

    def _lines_of(self, paths: Sequence[str]) -> dict[str, list[str]]:
        read = {path: self.lines_now(path) for path in paths}
        return {path: lines for path, lines in read.items() if lines is not None}


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


def _relative(rootdir: str, path: str) -> str:
    relative = relative_path(rootdir, path)
    return "" if relative == "." else relative
