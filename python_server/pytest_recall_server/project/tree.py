"""The files of one root with their tests, and what the client has been told of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from pytest_recall_server.model.changed import new_tests
from pytest_recall_server.model.changes import Row, RowsChange, TreeChange
from pytest_recall_server.model.facts import FileError, FileFacts, is_stale
from pytest_recall_server.model.flat import NOTHING, Flat
from pytest_recall_server.model.ids import folders_of, function_of, path_of, suffix_of
from pytest_recall_server.model.order import folder_order, sort_text
from pytest_recall_server.model.outline import Definition, SourceError, Span, spans_of
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.rows import difference, rows_told
from pytest_recall_server.model.summary import FileSummary, summary_of
from pytest_recall_server.model.totals import NO_TOTALS, Totals, totals_of
from pytest_recall_server.model.tree import TestNode, rows_of
from pytest_recall_server.project.history import History

_NS_PER_S = 10**9


@dataclass(frozen=True, kw_only=True, slots=True)
class ParsedFile:
    """What parsing told of a file."""

    path: str
    modified: int
    """Nanoseconds since the epoch."""
    definitions: Sequence[Definition] | None
    """None: it could not be parsed."""
    flat: Flat = NOTHING
    """The definitions without their places."""
    error: SourceError | None = None
    edited: bool = False
    """The definitions are those of a document that is not saved."""


_LAST = "\uffff"


@dataclass(frozen=True, slots=True)
class _Told:
    summary: FileSummary
    sort_text: str


@dataclass(slots=True)
class _Asked:
    """A file whose rows the client has asked for."""

    functions: set[str] = field(default_factory=set)
    """Ids of functions whose parameters it has asked for too."""
    rows: dict[str, Row] = field(default_factory=dict)
    """What it was told."""


class Tree:
    """Files, and what the client was last told of them."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._files: dict[str, ParsedFile] = {}
        self._told: dict[str, _Told] = {}
        self._folders: dict[str, str] = {}
        self._asked: dict[str, _Asked] = {}
        self._nodes: dict[str, tuple[TestNode, ...]] = {}
        """Made when they are needed, until something of the file changes."""
        self._spans: dict[str, dict[str, Span]] = {}
        self._totals = NO_TOTALS
        self._slow_after = math.inf

    # Files.

    def paths(self) -> set[str]:
        """Return the paths of all files, also of those without tests."""
        return set(self._files)

    def file(self, path: str) -> ParsedFile | None:
        """Return what parsing told of a file."""
        return self._files.get(path)

    def put(self, file: ParsedFile) -> None:
        """Take what parsing told; a file that cannot be parsed keeps its last good tests."""
        known = self._files.get(file.path)
        if file.definitions is None and known is not None:
            file = replace(file, definitions=known.definitions, flat=known.flat)
        self._files[file.path] = file
        self._forget_made(file.path)

    def drop(self, path: str) -> None:
        """Forget a file."""
        self._files.pop(path, None)
        self._forget_made(path)

    def _forget_made(self, path: str) -> None:
        self._nodes.pop(path, None)
        self._spans.pop(path, None)

    # What is made of them.

    def nodes(self, path: str) -> tuple[TestNode, ...]:
        """Return the classes and functions of a file as they are now."""
        nodes = self._nodes.get(path)
        if nodes is None:
            file = self._files.get(path)
            if file is None:
                return ()
            nodes = self._nodes[path] = rows_of(self._facts(file), self._history.memory())
        return nodes

    def facts(self, path: str) -> FileFacts | None:
        """Return all that is known of a file."""
        file = self._files.get(path)
        return None if file is None else self._facts(file)

    def new_tests(self) -> Iterator[str]:
        """Yield the ids of the new tests of all files; see ``model.changed.new_tests``."""
        for path, told in self._told.items():
            if told.summary.new:
                yield from new_tests(self.nodes(path))

    def is_test_file(self, path: str) -> bool:
        """Tell whether a file has tests, or something that keeps them from being found."""
        told = self._told.get(path)
        return told is not None and (told.summary.tests > 0 or _speaks(told.summary))

    def span(self, node_id: str) -> Span | None:
        """Return where a test is defined, or None where parsing does not see it."""
        path = path_of(node_id)
        spans = self._spans.get(path)
        if spans is None:
            file = self._files.get(path)
            spans = self._spans[path] = spans_of(file.definitions or () if file else ())
        return spans.get(suffix_of(function_of(node_id)))

    def order(self, path: str) -> tuple[str, ...]:
        """Return what files are ordered by in the tree: that of each folder above it, and its own.

        Equal ones are ordered by name, and what was not told comes last.
        """
        told = self._told.get(path)
        steps = [(self._folders.get(folder, _LAST), folder) for folder in folders_of(path)][::-1]
        own = (_LAST if told is None else told.sort_text, path)
        return tuple(part for step in (*steps, own) for part in step)

    def error(self, path: str) -> FileError | None:
        """Return why a file cannot be collected."""
        file = self._files.get(path)
        return None if file is None else _error(file, self._history)

    def is_stale(self, node_id: str) -> bool:
        """Tell whether the source of a test has changed since its result."""
        file = self._files.get(path_of(node_id))
        suffix = suffix_of(function_of(node_id))
        return file is not None and is_stale(self._history.results.get(node_id), suffix, file.flat)

    def count(self) -> int:
        """Return how many files have been told."""
        return len(self._told)

    def totals(self) -> Totals:
        """Return how many tests there are, and how they stand."""
        return self._totals

    def _facts(self, file: ParsedFile) -> FileFacts:
        changed = file.modified / _NS_PER_S
        return FileFacts(
            path=file.path,
            modified=file.modified,
            definitions=file.definitions,
            flat=file.flat,
            error=_error(file, self._history),
            known=self._history.known(file.path, changed),
            collected=self._history.collected(file.path, changed),
            whole=self._history.is_whole(file.path, changed),
            edited=file.edited,
            results=self._history.results,
            slow_after=self._slow_after,
        )

    # What the client is told.

    def call_slow_after(self, seconds: float) -> TreeChange | None:
        """Take from when on tests count as slow; return what the client must be told, or None."""
        if seconds == self._slow_after:
            return None
        self._slow_after = seconds
        return self.change(self._told)

    def forget_told(self) -> None:
        """Begin to tell the client everything anew; it asks for rows anew too."""
        self._told.clear()
        self._folders.clear()
        self._asked.clear()
        self._totals = NO_TOTALS

    def ask(self, node_ids: Iterable[str]) -> TreeChange | None:
        """Tell the rows of files, or parameters of functions, from now on; return the first.

        Ids of what is not there are passed over.
        """
        paths: dict[str, None] = {}
        for node_id in node_ids:
            path = path_of(node_id)
            if path in self._told:
                asked = self._asked.setdefault(path, _Asked())
                asked.functions.add(node_id)
                paths[path] = None
        rows = tuple(change for path in paths if (change := self._changed_rows(path)) is not None)
        return TreeChange(reset=False, complete=True, rows=rows) if rows else None

    def change(self, paths: Iterable[str]) -> TreeChange | None:
        """Return what the client must be told after changes in *paths*, or None."""
        changed: list[tuple[FileSummary, str]] = []
        removed: list[str] = []
        rows: list[RowsChange] = []
        for path in sorted(set(paths)):
            self._nodes.pop(path, None)
            told, now = self._told.get(path), self._now(path)
            if now is None:
                if told is not None:
                    self._retell(path, None)
                    removed.append(path)
                continue
            if now != told:
                self._retell(path, now)
                changed.append((now.summary, now.sort_text))
            if path in self._asked and (difference := self._changed_rows(path)) is not None:
                rows.append(difference)
        if not changed and not removed and not rows:
            return None
        return TreeChange(
            reset=False,
            complete=True,
            files=tuple(changed),
            removed=tuple(removed),
            folders=self._changed_folders() if changed or removed else (),
            rows=tuple(rows),
        )

    def _retell(self, path: str, now: _Told | None) -> None:
        before = self._told.pop(path, None)
        if now is None:
            self._asked.pop(path, None)
        else:
            self._told[path] = now
        self._totals = self._totals - _totals(before) + _totals(now)

    def _now(self, path: str) -> _Told | None:
        file = self._files.get(path)
        if file is None:
            return None
        summary = summary_of(self._facts(file), self._history.memory())
        if not summary.tests and not file.flat.classes and not _speaks(summary):
            return None
        return _Told(summary, sort_text(summary))

    def _changed_rows(self, path: str) -> RowsChange | None:
        asked = self._asked[path]
        before, asked.rows = asked.rows, rows_told(path, self.nodes(path), asked.functions)
        return difference(path, before, asked.rows)

    def _changed_folders(self) -> tuple[tuple[str, str], ...]:
        # The best file of each folder comes first, so that the way up ends early.
        files = sorted(
            ((path, told.sort_text) for path, told in self._told.items()),
            key=lambda item: item[1],
        )
        old, self._folders = self._folders, folder_order(files)
        return tuple(item for item in self._folders.items() if old.get(item[0]) != item[1])


def _speaks(summary: FileSummary) -> bool:
    """Tell whether a file without tests is shown."""
    return summary.error is not None or summary.failed


def _totals(told: _Told | None) -> Totals:
    return NO_TOTALS if told is None else totals_of(told.summary)


def _error(file: ParsedFile, history: History) -> FileError | None:
    if file.error is not None:
        place = Place(path=file.path, line=file.error.line)
        return FileError(message=file.error.message, place=place, statement=file.error.statement)
    if file.path not in history.memory().failed:
        broken = history.broken(file.path, file.modified / _NS_PER_S)
        return None if broken is None else error_of(broken, file.path)
    return error_of(history.failure(file.path), file.path)


def error_of(result: Result, path: str) -> FileError:
    """Return the collection error that *result* remembers."""
    return FileError(
        message=result.message or "The file could not be collected in the last run.",
        place=result.place or Place(path=path, line=0),
        statement=result.statement,
    )
