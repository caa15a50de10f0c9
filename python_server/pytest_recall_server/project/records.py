"""Why tests failed or did not finish, and where that is now: for the client and its documents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from pytest_recall_server.model.changes import Record, RecordsChange, RunEvent
from pytest_recall_server.model.facts import FileError, Memory
from pytest_recall_server.model.ids import names_of, path_of
from pytest_recall_server.model.markers import (
    Anchor,
    Marks,
    is_outdated,
    locate,
)
from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.traces import Traces
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.marked import Basis, Marked, marked_in, marks_of
from pytest_recall_server.project.tree import Tree


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
        self._marked: dict[str, Marked] = {}
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
        if result.place is None or not _is_own(result):
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
        moved = replace(place, line=min(line, len(text) - 1))
        return Record(result=replace(result, place=moved), outdated=is_outdated(text, anchor))

    def _record(
        self, node_id: str, result: Result, anchors: Mapping[str, tuple[str, Anchor, bool]]
    ) -> Record:
        if result.place is None:
            span = self._tree.span(node_id)
            if span is None:
                return Record(result=result)
            place = Place(path=path_of(node_id), line=span.line)
            return Record(result=replace(result, place=place))
        if result.place.path in self._documents and node_id in anchors:
            path, anchor, outdated = anchors[node_id]
            moved = replace(result, place=Place(path=path, line=anchor.line))
            return Record(result=moved, outdated=outdated)
        known = self._on_disk.get(node_id)
        return known[1] if known is not None and known[0] == result else Record(result=result)

    def _dated(self, record: Record) -> Record:
        return replace(record, stale=True) if self._tree.is_stale(record.result.id) else record

    # What the client is told.

    def forget_told(self) -> None:
        """Begin to tell the client everything anew."""
        self._told = {}
        self._reset = True

    def told(self, node_id: str) -> Record | None:
        """Return what the client was told of a failure, or of a file that cannot be collected."""
        return self._told.get(node_id)

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
        self._told = now = self.now()
        records = tuple(record for node_id, record in now.items() if told.get(node_id) != record)
        forgotten = tuple(node_id for node_id in told if node_id not in now)
        if not (reset or records or forgotten):
            return None
        return RecordsChange(reset=reset, records=records, forgotten=forgotten)

    def now(self) -> dict[str, Record]:
        """Return why each test failed, and where that is now."""
        for document in self._documents.values():
            self.follow(document)
        anchors = {
            anchor.id: (document.path, anchor, is_outdated(document.lines, anchor))
            for document in self._documents.values()
            for anchor in document.anchors()
        }
        return {
            node_id: self._dated(self._record(node_id, result, anchors))
            for node_id, result in self._failures().items()
        }

    # What documents show.

    def follow(self, document: Document) -> None:
        """Follow the failures that are remembered now; the file on disk must have been met."""
        failures = self._failures()
        basis = Basis(
            known=failures,
            memory=self._history.memory(),
            defined=document.defined,
            error=self._tree.error(document.path),
        )
        known = self._marked.get(document.uri)
        if known is not None and basis.holds(known.basis):
            return
        here = {
            node_id: result
            for node_id, result in failures.items()
            if result.place is not None and result.place.path == document.path
        }
        if basis.error is not None and basis.error.place.path == document.path:
            here[document.path] = _result_of(document.path, basis.error)
        own = {node_id for node_id, result in here.items() if _is_own(result)}
        before = Traces() if known is None else known.traces
        traces = before.then(document.path, failures, document.edition)
        document.follow(here | {key: each.result for key, each in traces.by_key.items()}, own)
        self._marked[document.uri] = marked_in(document, basis, traces, self._history, self._tree)

    def marks(self, document: Document) -> Marks:
        """Return what is marked in *document* now, in work for the marks alone."""
        marked = self._marked.get(document.uri)
        return Marks() if marked is None else marks_of(document, marked)

    def closed(self, document: Document) -> None:
        """Forget what was told of a document."""
        self._marked.pop(document.uri, None)
        self._marks.pop(document.uri, None)

    def are_news(self, document: Document, marks: Marks) -> bool:
        """Tell whether *marks* differ from those last asked about, and take note of them."""
        told = self._marks.get(document.uri)
        self._marks[document.uri] = (document.version, marks)
        return told != (document.version, marks)


def _is_own(result: Result) -> bool:
    """Tell whether the failing statement is one of the test function's own."""
    place, names = result.place, names_of(result.id)
    if place is None or not names or place.path != path_of(result.id):
        return False
    return any(frame.name == names[-1] for frame in result.frames if frame.place == place)


def _result_of(path: str, error: FileError) -> Result:
    return Result(
        id=path,
        outcome="error",
        message=error.message,
        place=error.place,
        statement=error.statement,
    )
