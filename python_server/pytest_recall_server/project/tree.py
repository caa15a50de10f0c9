"""The files of one root with their tests, and what the client has been told of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import attrs

from pytest_recall_server.model.changes import TreeChange
from pytest_recall_server.model.order import folder_order, sort_text
from pytest_recall_server.model.outline import Definition, SourceError, Span
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.tree import (
    FileError,
    FileFacts,
    FileView,
    TestNode,
    flatten,
    leaves,
    view_of,
)
from pytest_recall_server.project.history import History

_NS_PER_S = 10**9


@attrs.frozen(kw_only=True)
class ParsedFile:
    """What parsing told of a file."""

    path: str
    modified: int
    """Nanoseconds since the epoch."""
    definitions: tuple[Definition, ...] | None
    """None: it could not be parsed."""
    error: SourceError | None = None
    edited: bool = False
    """The definitions are those of a document that is not saved."""


@attrs.frozen(kw_only=True)
class _Told:
    view: FileView
    sort_text: str
    nodes: Mapping[str, TestNode]
    """All of the view's, by id."""
    tests: frozenset[str]
    """Ids of the single tests."""
    new: int


class Tree:
    """Files and their views; the views are what the client was last told."""

    def __init__(self) -> None:
        self.files: dict[str, ParsedFile] = {}
        self._told: dict[str, _Told] = {}
        self._folders: dict[str, str] = {}

    def put(self, file: ParsedFile) -> None:
        """Take what parsing told; a file that cannot be parsed keeps its last good tests."""
        known = self.files.get(file.path)
        if file.definitions is None and known is not None:
            file = attrs.evolve(file, definitions=known.definitions)
        self.files[file.path] = file

    def drop(self, path: str) -> None:
        """Forget a file."""
        self.files.pop(path, None)

    def forget_told(self) -> None:
        """Begin to tell the client everything anew."""
        self._told.clear()
        self._folders.clear()

    def change(self, paths: Iterable[str], history: History) -> TreeChange | None:
        """Return what the client must be told after changes in *paths*, or None."""
        changed: list[tuple[FileView, str]] = []
        removed: list[str] = []
        for path in sorted(set(paths)):
            told = self._told.get(path)
            now = self._now(path, history)
            if now is None:
                if told is not None:
                    del self._told[path]
                    removed.append(path)
            elif told is None or (now.view, now.sort_text) != (told.view, told.sort_text):
                self._told[path] = now
                changed.append((now.view, now.sort_text))
        if not changed and not removed:
            return None
        return TreeChange(
            reset=False,
            complete=True,
            files=tuple(changed),
            removed=tuple(removed),
            folders=self._changed_folders(),
        )

    def _changed_folders(self) -> tuple[tuple[str, str], ...]:
        # The best file of each folder comes first, so that the way up ends early.
        files = sorted(
            ((path, told.sort_text) for path, told in self._told.items()),
            key=lambda item: item[1],
        )
        old, self._folders = self._folders, folder_order(files)
        return tuple(item for item in self._folders.items() if old.get(item[0]) != item[1])

    def _now(self, path: str, history: History) -> _Told | None:
        file = self.files.get(path)
        if file is None:
            return None
        changed = file.modified / _NS_PER_S
        view = view_of(
            FileFacts(
                path=path,
                modified=file.modified,
                definitions=file.definitions,
                error=_error(file, history),
                known=history.known(path, changed),
                collected=history.collected(path, changed),
                whole=history.is_whole(path, changed),
                edited=file.edited,
            ),
            history.memory(),
        )
        if not view.tests and view.error is None and not view.failed:
            return None
        tests = list(leaves(view.tests))
        return _Told(
            view=view,
            sort_text=sort_text(view),
            nodes={node.id: node for node in flatten(view.tests)},
            tests=frozenset(node.id for node in tests),
            new=sum(node.new for node in tests),
        )

    def view(self, path: str) -> FileView | None:
        """Return what the client was last told of a file."""
        told = self._told.get(path)
        return None if told is None else told.view

    def span(self, path: str, node_id: str) -> Span | None:
        """Return where a test is defined."""
        told = self._told.get(path)
        node = None if told is None else told.nodes.get(node_id)
        return None if node is None else node.span

    def tests_in(self, path: str) -> frozenset[str]:
        """Return the ids of the single tests in a file."""
        told = self._told.get(path)
        return frozenset() if told is None else told.tests

    def totals(self) -> tuple[int, int]:
        """Return how many tests there are, and how many of them are new."""
        return (
            sum(len(told.tests) for told in self._told.values()),
            sum(told.new for told in self._told.values()),
        )


def _error(file: ParsedFile, history: History) -> FileError | None:
    if file.error is not None:
        place = Place(path=file.path, line=file.error.line)
        return FileError(message=file.error.message, place=place, statement=file.error.statement)
    if file.path not in history.memory().failed:
        return None
    return error_of(history.failure(file.path), file.path)


def error_of(result: Result, path: str) -> FileError:
    """Return the collection error that *result* remembers."""
    return FileError(
        message=result.message or "The file could not be collected in the last run.",
        place=result.place or Place(path=path, line=0),
        statement=result.statement,
    )
