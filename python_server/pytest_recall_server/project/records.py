"""Why tests failed or did not finish, and where that is now: for the client and its documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import attrs

from pytest_recall_server.model.changes import Record, RecordsChange, RunEvent
from pytest_recall_server.model.facts import Memory
from pytest_recall_server.model.ids import names_of, path_of
from pytest_recall_server.model.markers import (
    Anchor,
    Marks,
    def_marks,
    failure_marks,
    is_outdated,
    locate,
)
from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.tree import TestNode, flatten
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.tree import Tree

UNEXPLAINED = "failed: pytest's own cache does not say why"


class Records:
    """The failures of a root with their places, and the tests that a killed run was in."""

    def __init__(self, tree: Tree, history: History, documents: Mapping[str, Document]) -> None:
        self._tree = tree
        self._history = history
        self._documents = documents
        self._told: dict[str, Record] = {}
        self._reset = True
        self._on_disk: dict[str, tuple[Result, Record]] = {}
        """Where failures are now in files that are not open, with the result that it is for."""
        self._marks: dict[str, tuple[int, Marks]] = {}
        self._known_for: Memory | None = None
        self._known: dict[str, Result] = {}

    # Places.

    def _failures(self) -> dict[str, Result]:
        memory = self._history.memory()
        if self._known_for is not memory:
            # Asked for with every keystroke: only a change in what is remembered counts.
            self._known_for = memory
            self._known = {node_id: self._history.failure(node_id) for node_id in memory.failed}
            self._known.update(self._history.killed())
        return self._known

    def places(self) -> set[str]:
        """Return the files in which failures have their places."""
        return {
            result.place.path if result.place else path_of(node_id)
            for node_id, result in self._failures().items()
        }

    def _own_span(self, result: Result) -> Span | None:
        """Return the stretch that must hold the failing statement: that of the test itself.

        None where it may be elsewhere: in a helper, or in a test that parsing does not see.
        """
        place = result.place
        if place is None or place.path != path_of(result.id):
            return None
        names = names_of(result.id)
        at_place = [frame.name for frame in result.frames if frame.place == place]
        if not names or names[-1] not in at_place:
            return None
        return self._tree.span(result.id)

    async def relocate(self, indexer: Indexer) -> None:
        """Find out where failures are now in files that are not open."""
        closed = {
            node_id: result
            for node_id, result in self._failures().items()
            if result.place is not None and result.place.path not in self._documents
        }
        paths = {result.place.path for result in closed.values() if result.place is not None}
        lines = await indexer.lines_of(sorted(paths))
        self._on_disk = {
            node_id: (result, self._relocated(result, lines)) for node_id, result in closed.items()
        }

    def _relocated(self, result: Result, lines: Mapping[str, Sequence[str]]) -> Record:
        place, statement = result.place, result.statement
        text = lines.get(place.path) if place is not None else None
        if place is None or statement is None or text is None:
            return Record(result=result)
        line = locate(text, statement, place.line, self._own_span(result))
        anchor = Anchor(id=result.id, message="", statement=statement, line=line)
        moved = attrs.evolve(place, line=min(line, len(text) - 1))
        return Record(result=attrs.evolve(result, place=moved), outdated=is_outdated(text, anchor))

    def _record(
        self, node_id: str, result: Result, anchors: Mapping[str, tuple[str, Anchor, bool]]
    ) -> Record:
        if result.place is None:
            span = self._tree.span(node_id)
            if span is None:
                return Record(result=result)
            place = Place(path=path_of(node_id), line=span.line)
            return Record(result=attrs.evolve(result, place=place))
        if result.place.path in self._documents and node_id in anchors:
            path, anchor, outdated = anchors[node_id]
            moved = attrs.evolve(result, place=Place(path=path, line=anchor.line))
            return Record(result=moved, outdated=outdated)
        known = self._on_disk.get(node_id)
        return known[1] if known is not None and known[0] == result else Record(result=result)

    # What the client is told.

    def forget_told(self) -> None:
        """Begin to tell the client everything anew."""
        self._told = {}
        self._reset = True

    def told_by_run(self, events: Iterable[RunEvent]) -> None:
        """Take note of what a run's messages tell."""
        for event in events:
            record = event.record
            if record is None:
                continue
            if record.result.failing or record.result.outcome == "unfinished":
                self._told[record.result.id] = record
            else:
                self._told.pop(record.result.id, None)

    def change(self) -> RecordsChange | None:
        """Return what the client does not know yet, or None."""
        reset, self._reset = self._reset, False
        told = {} if reset else self._told
        failures = self._failures()
        for document in self._documents.values():
            self._follow(document, failures)
        anchors = {
            anchor.id: (document.path, anchor, is_outdated(document.lines, anchor))
            for document in self._documents.values()
            for anchor in document.anchors()
        }
        now = {
            node_id: self._record(node_id, result, anchors) for node_id, result in failures.items()
        }
        self._told = now
        records = tuple(record for node_id, record in now.items() if told.get(node_id) != record)
        forgotten = tuple(node_id for node_id in told if node_id not in now)
        if not (reset or records or forgotten):
            return None
        return RecordsChange(reset=reset, records=records, forgotten=forgotten)

    # What documents show.

    def _follow(self, document: Document, failures: Mapping[str, Result]) -> None:
        here = {
            node_id: result
            for node_id, result in failures.items()
            if result.place is not None and result.place.path == document.path
        }
        error = self._tree.error(document.path)
        if error is not None and error.place.path == document.path:
            here[document.path] = Result(
                id=document.path,
                outcome="error",
                message=error.message,
                place=error.place,
                statement=error.statement,
            )
        spans = {
            node_id: document.present_span(span)
            for node_id, result in here.items()
            if (span := self._own_span(result)) is not None
        }
        document.follow(here, spans)

    def marks(self, document: Document) -> Marks:
        """Return what is marked in *document* now."""
        failures = self._failures()
        self._follow(document, failures)
        unexplained = [
            Anchor(id=node_id, message=result.message or UNEXPLAINED, statement=None, line=line)
            for node_id, result in failures.items()
            if result.place is None and (line := self._line_of_test(document, node_id)) is not None
        ]
        functions = self._functions_in(document)
        explained = {anchor.line for anchor in unexplained}
        unfinished = [(line, node.id) for line, node in functions if node.unfinished]
        new = [(line, node.id) for line, node in functions if node.new and not node.unfinished]
        return Marks(
            failures=failure_marks(document.lines, [*document.anchors(), *unexplained]),
            new=def_marks(document.lines, new),
            # Where more is said, the word alone would only stand in the way.
            unfinished=def_marks(
                document.lines, (each for each in unfinished if each[0] not in explained)
            ),
        )

    def _line_of_test(self, document: Document, node_id: str) -> int | None:
        if path_of(node_id) != document.path:
            return None
        span = self._tree.span(node_id)
        return None if span is None else document.present_span(span).line

    def _functions_in(self, document: Document) -> list[tuple[int, TestNode]]:
        """Return the functions with something to say of them, and the lines of their ``def``."""
        return [
            (document.present_span(node.span).line, node)
            for node in flatten(self._tree.nodes(document.path))
            if node.kind == "function" and (node.new or node.unfinished) and node.span is not None
        ]

    def are_news(self, document: Document, marks: Marks) -> bool:
        """Tell whether *marks* differ from those last asked about, and take note of them."""
        told = self._marks.get(document.uri)
        self._marks[document.uri] = (document.version, marks)
        return told != (document.version, marks)
