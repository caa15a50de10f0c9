"""Open documents that lie in no root: one may come for them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from pytest_recall_server.model.text import Edit
from pytest_recall_server.project.documents import Document

Opened = tuple[str, str, int, str]
"""URI, absolute path, version and text."""


class Holder(Protocol):
    """Follows open documents; paths are absolute."""

    def all(self) -> list[Opened]:
        """Return all that are followed."""

    def open(self, uri: str, path: str, version: int, text: str) -> None:
        """Follow a document."""

    def close(self, path: str) -> None:
        """Follow a document no longer."""


class Orphans:
    """Keeps their texts as they are edited; paths are absolute."""

    def __init__(self) -> None:
        self._documents: dict[str, Document] = {}

    def open(self, uri: str, path: str, version: int, text: str) -> None:
        """Keep a document."""
        self._documents[path] = Document(uri, path, version, text)

    def change(self, path: str, version: int, edits: Iterable[Edit | str]) -> None:
        """Take edits, or whole texts, in order."""
        if (document := self._documents.get(path)) is not None:
            document.change(version, edits)

    def close(self, path: str) -> None:
        """Keep a document no longer."""
        self._documents.pop(path, None)

    def all(self) -> list[Opened]:
        """Return all that are kept."""
        return [(each.uri, path, each.version, each.text) for path, each in self._documents.items()]
