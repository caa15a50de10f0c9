"""What can be said of the tests of an open document, line by line."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from pytest_recall_server.model.ids import function_of, names_of, path_of
from pytest_recall_server.model.markers import line_span
from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.streaks import Streak
from pytest_recall_server.model.text import code_units
from pytest_recall_server.project import earlier, storage
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.records import Records


@dataclass(frozen=True, kw_only=True, slots=True)
class Failing:
    """A function with failed tests."""

    span: Span
    """What stands on the line of its ``def``."""
    ids: tuple[str, ...]
    streaks: tuple[Streak | None, ...]
    """One for each of the ids."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A function whose name is at a place, and the last results of its tests."""

    span: Span
    """The name."""
    function: str
    results: tuple[Result, ...]
    streaks: tuple[Streak | None, ...]
    """One for each of the tests that failed."""


class Telling:
    """Answers what editors ask about open documents of one root; lines are 0-based."""

    def __init__(
        self,
        cache_dir: str,
        history: History,
        documents: Mapping[str, Document],
        records: Records,
    ) -> None:
        self._cache_dir = cache_dir
        self._history = history
        self._documents = documents
        self._records = records

    def _document(self, uri: str) -> Document | None:
        found = (each for each in self._documents.values() if each.uri == uri)
        return next(found, None)

    def failing(self, uri: str) -> tuple[Failing, ...]:
        """Return the functions with failed tests, where they are now."""
        document = self._document(uri)
        if document is None:
            return ()
        by_function: dict[str, list[str]] = {}
        for node_id in self._history.memory().failed:
            if path_of(node_id) == document.path and names_of(node_id):
                by_function.setdefault(function_of(node_id), []).append(node_id)
        return tuple(self._failing(document, by_function))

    def _failing(
        self, document: Document, by_function: Mapping[str, list[str]]
    ) -> Iterator[Failing]:
        for function, ids in by_function.items():
            line = document.line_of(function)
            if line is not None:
                streaks = tuple(self._history.streaks.of(each) for each in ids)
                span = line_span(document.lines, line)
                yield Failing(span=span, ids=tuple(ids), streaks=streaks)

    def named(self, uri: str, line: int, column: int) -> Named | None:
        """Return the function whose name is at a place of its ``def`` line, with what is known.

        *column* is in UTF-16 code units.  None where there is none, or nothing is known of it.
        """
        document = self._document(uri)
        if document is None:
            return None
        for function in document.functions():
            if document.line_of(function) != line:
                continue
            span = _name_span(document.lines[line], line, names_of(function)[-1])
            if span is not None and span.column <= column <= span.end_column:
                return self._named(document.path, function, span)
        return None

    def _named(self, path: str, function: str, span: Span) -> Named | None:
        known = (each for each in self._history.known(path, 0) if function_of(each) == function)
        results = [self._history.results.get(each) for each in known]
        told = tuple(each for each in results if each is not None)
        failed = self._history.memory().failed
        if not told:
            return None
        return Named(
            span=span,
            function=function,
            results=told,
            streaks=tuple(self._history.streaks.of(each.id) for each in told if each.id in failed),
        )

    def place(self, result: Result) -> Place | None:
        """Return where the failing line of *result* is now, as far as that can be followed."""
        place = result.place
        document = None if place is None else self._documents.get(place.path)
        if place is None or document is None:
            told = self._records.told(result.id)
            moved = None if told is None else told.result.place
            return place if moved is None or place is None else moved
        lines = (each.line for each in document.anchors() if each.id == result.id)
        return replace(place, line=next(lines, place.line))

    async def durations(self, node_id: str, limit: int) -> list[float]:
        """Return how many seconds a test took in its last runs, the newest first."""
        paths = await asyncio.to_thread(storage.journals, self._cache_dir)
        return await asyncio.to_thread(earlier.durations, paths, node_id, limit)

    def failures_on(self, uri: str, first: int, last: int) -> tuple[str, ...]:
        """Return the failed tests with a mark, or their ``def``, on some lines (both included)."""
        document = self._document(uri)
        if document is None:
            return ()
        marks = self._records.marks(document).failures
        marked = [each for mark in marks if first <= mark.span.line <= last for each in mark.ids]
        defined = (
            each
            for failing in self.failing(uri)
            if first <= failing.span.line <= last
            for each in failing.ids
        )
        return tuple(dict.fromkeys((*marked, *defined)))

    def failure(self, node_id: str) -> Result | None:
        """Return why a test failed; None where it is not failed."""
        if node_id not in self._history.memory().failed:
            return None
        return self._history.failure(node_id)


def _name_span(text: str, line: int, name: str) -> Span | None:
    found = re.search(rf"\b{re.escape(name)}\b", text)
    if found is None:
        return None
    start = code_units(text[: found.start()])
    return Span(line=line, column=start, end_line=line, end_column=start + code_units(name))
