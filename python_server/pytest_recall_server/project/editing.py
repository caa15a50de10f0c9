"""Follow open documents: marks at once, tests after a short rest."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable

from pytest_recall_server.index.walk import relative_path
from pytest_recall_server.model.flat import flat_of
from pytest_recall_server.model.markers import Marks
from pytest_recall_server.model.outline import Definition
from pytest_recall_server.model.text import Edit
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.records import Records
from pytest_recall_server.project.tree import ParsedFile, Tree
from pytest_recall_server.tasks import Coalesced

# So long nobody must type before what was typed is parsed; and at the latest after.
_REST = 0.1
_AT_LATEST = 1.0

TellMarks = Callable[[str, int, Marks], None]


class Editing:
    """The open documents of one root; paths are absolute."""

    def __init__(  # noqa: PLR0913 # each is of its own kind
        self,
        *,
        root: str,
        history: History,
        tree: Tree,
        indexer: Indexer,
        documents: dict[str, Document],
        records: Records,
        tell: TellMarks,
        changed: Callable[[], None],
    ) -> None:
        self._root = root
        self._history = history
        self._tree = tree
        self._indexer = indexer
        self._documents = documents
        self._records = records
        self._tell = tell
        self._changed = changed
        self._parsing: dict[str, Coalesced] = {}
        self._unknown: set[str] = set()
        """Documents that could not be parsed because their files were not found yet."""
        self._closed: dict[str, Collection[str]] = {}
        """What was ever defined in documents that were open before."""

    def all(self) -> list[tuple[str, str, int, str]]:
        """Return all open documents: URI, path, version and text."""
        return [
            (document.uri, os.path.join(self._root, path), document.version, document.text)
            for path, document in self._documents.items()
        ]

    def open(self, uri: str, path: str, version: int, text: str) -> None:
        """Follow the lines of a document from now on."""
        document = Document(uri, relative_path(self._root, path), version, text)
        # At once, and not in a thread: the edits that follow must find it done.
        lines = self._indexer.lines_now(document.path)
        document.was_defined(self._closed.pop(document.path, ()))
        if lines is not None:
            document.opened_on(lines, self._known_now(document.path))
        if (other := self._documents.get(document.path)) is not None:
            self._records.closed(other)
        self._documents[document.path] = document
        self._parse_soon(document.path)
        self._records.follow(document)
        self._tell_always(document)

    def _known_now(self, path: str) -> tuple[Definition, ...] | None:
        """Return the definitions of a file, if they are those of its text on disk."""
        file = self._tree.file(path)
        if file is None or file.edited or file.error is not None or file.definitions is None:
            return None
        is_same = file.modified == self._indexer.modified_now(path)
        return tuple(file.definitions) if is_same else None

    def change(self, path: str, version: int, edits: Iterable[Edit | str]) -> None:
        """Take edits, or whole texts, in order."""
        document = self._documents.get(relative_path(self._root, path))
        if document is None:
            return
        document.change(version, edits)
        self._tell_always(document)
        self._parse_soon(document.path)

    def save(self, path: str) -> None:
        """Take note that the file now has the document's text."""
        document = self._documents.get(relative_path(self._root, path))
        if document is not None:
            document.saved()

    async def meet_disk(self) -> None:
        """Compare documents with their files: these may have changed without being saved here."""
        if not self._documents:
            return
        stamps = {path: document.stamp for path, document in self._documents.items()}
        changed = await self._indexer.changed_lines(stamps)
        for path, document in self._documents.items():
            if path in changed:
                document.stamp, lines = changed[path]
                document.is_on_disk(lines)
            else:
                document.may_be_saved()
        for path in self._unknown & self._tree.paths():
            self._parse_soon(path)

    def close(self, path: str) -> None:
        """Follow a document no longer."""
        relative = relative_path(self._root, path)
        if (document := self._documents.pop(relative, None)) is not None:
            self._records.closed(document)
            self._closed[relative] = document.ever_defined
        if (work := self._parsing.pop(relative, None)) is not None:
            work.stop()

    def stop(self) -> None:
        """End all work."""
        for work in self._parsing.values():
            work.stop()

    def _parse_soon(self, path: str) -> None:
        work = self._parsing.get(path)
        if work is None:
            work = Coalesced(f"parse {path}", lambda: self._parse(path), _REST, _AT_LATEST)
            self._parsing[path] = work
        work.ask()

    def parse_all_soon(self) -> None:
        """Parse all documents: files were found that they stand for."""
        for path in self._documents:
            self._parse_soon(path)

    async def parsed(self, path: str) -> None:
        """Wait until a document, which must be open, was parsed for the first time."""
        relative = relative_path(self._root, path)
        document, work = self._documents.get(relative), self._parsing.get(relative)
        if document is not None and not document.defined and work is not None:
            await work.done()

    async def _parse(self, path: str) -> None:
        document, file = self._documents.get(path), self._tree.file(path)
        self._unknown.discard(path)
        if document is None:
            return
        if file is None:
            self._unknown.add(path)
            return
        snapshot = document.snapshot()
        found = await self._indexer.parse_text(path, snapshot.lines)
        file = self._tree.file(path)
        if file is None or self._documents.get(path) is not document:
            return
        if found is None:
            # What does not parse keeps its last good tests, where they are now.
            if not document.defined:
                return
            found = document.present()
        elif not document.define(snapshot, found):
            self._parse_soon(path)
            return
        self._tree.put(
            ParsedFile(
                path=path,
                modified=file.modified,
                definitions=found,
                flat=flat_of(found),
                error=file.error,
                edited=not document.is_saved,
            )
        )
        self._history.touched.add(path)
        self._changed()

    def _tell_always(self, document: Document) -> None:
        marks = self._records.marks(document)
        self._records.are_news(document, marks)
        self._tell(document.uri, document.version, marks)

    def tell_all(self) -> None:
        """Tell the marks of all documents anew."""
        for document in self._documents.values():
            self._records.follow(document)
            self._tell_always(document)

    def tell_news(self) -> None:
        """Tell the marks of documents where they are others than before."""
        for document in self._documents.values():
            self._records.follow(document)
            marks = self._records.marks(document)
            if self._records.are_news(document, marks):
                self._tell(document.uri, document.version, marks)
