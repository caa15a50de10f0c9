"""Parse files once and remember nothing: for a program that answers one question and ends."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.discovery import Discovery
from pytest_recall_server.index.walk import FoundFile
from pytest_recall_server.project.indexing import parsed_file
from pytest_recall_server.project.tree import ParsedFile


class Parser:
    """Parses the files of one root, or takes what a server has remembered of them."""

    def __init__(self, config: Config) -> None:
        self._discovery = Discovery(config)
        self._known: dict[str, ParsedFile] = {}
        self._loaded = False

    @property
    def parsed(self) -> int:
        """How many files were parsed, and not remembered."""
        return self._discovery.parsed

    def file(self, path: str) -> ParsedFile | None:
        """Return what was parsed of the file at *path* (relative) before."""
        return self._known.get(path)

    async def parse(self, files: Sequence[FoundFile]) -> list[ParsedFile]:
        """Parse *files*; those that cannot be read are left out.  Blocking."""
        if not files:
            return []
        if not self._loaded:
            self._loaded = True
            self._discovery.load()
        self._discovery.begin(files)
        parsed = [
            parsed_file(file.path, found)
            for file in files
            if (found := self._discovery.file(file.path)) is not None
        ]
        self._known.update((each.path, each) for each in parsed)
        return parsed
