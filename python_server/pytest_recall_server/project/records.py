"""Why tests failed or did not finish, and where that is now: for the client and its documents."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_recall_server.model.changes import Record, RecordsChange, RunEvent
from pytest_recall_server.model.facts import FileError, Memory
from pytest_recall_server.model.ids import function_of, names_of, path_of
from pytest_recall_server.model.markers import (
    Anchor,
    Marks,
    def_marks,
    failure_marks,
    is_outdated,
    locate,
    skip_marks,
)
from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.tree import Tree


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class _Basis:
    """What a document's marks were made of besides its text: while it holds, they hold."""

    known: Mapping[str, Result]
    memory: Memory
    defined: int
    error: FileError | None

    def holds(self, other: _Basis | None) -> bool:
        """Tell whether *other* says the same."""
        return (
            other is not None
            and self.known is other.known
            and self.memory is other.memory
            and (self.defined, self.error) == (other.defined, other.error)
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Marked:
    """The tests of a document with something to say of them, and what that is made of."""

    basis: _Basis
    unexplained: tuple[tuple[str, str], ...]
    """Failures without a place: id and message."""
    unfinished: tuple[str, ...]
    new: tuple[str, ...]
    skipped: tuple[tuple[str, tuple[Result, ...]], ...]
    """Functions with the results of those of their tests that were skipped."""


_SKIPPED = frozenset({"skipped", "xfailed"})
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
        self._marked: dict[str, _Marked] = {}
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
            node_id: self._record(node_id, result, anchors)
            for node_id, result in self._failures().items()
        }

    # What documents show.

    def follow(self, document: Document) -> None:
        """Follow the failures that are remembered now; the file on disk must have been met."""
        failures = self._failures()
        basis = _Basis(
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
        document.follow(here, {node_id for node_id, result in here.items() if _is_own(result)})
        self._marked[document.uri] = self._marked_in(document, basis)

    def _marked_in(self, document: Document, basis: _Basis) -> _Marked:
        memory, functions = basis.memory, document.functions()
        return _Marked(
            basis=basis,
            unexplained=tuple(
                (node_id, result.message or UNEXPLAINED)
                for node_id, result in basis.known.items()
                if result.place is None and path_of(node_id) == document.path
            ),
            unfinished=tuple(each for each in functions if memory.is_unfinished(each)),
            new=tuple(
                each for each in functions if memory.is_new(each) and not memory.is_unfinished(each)
            ),
            skipped=self._skipped(document.path, memory),
        )

    def _skipped(self, path: str, memory: Memory) -> tuple[tuple[str, tuple[Result, ...]], ...]:
        """Return the functions of a file with tests that were skipped, as far as that holds."""
        facts, results = self._tree.facts(path), self._history.results
        by_function: dict[str, list[Result]] = {}
        for node_id in () if facts is None else facts.known:
            result = results.get(node_id)
            if result is None or result.outcome not in _SKIPPED or memory.is_failed(node_id):
                continue
            if facts is not None and not facts.is_stale(node_id):
                by_function.setdefault(function_of(node_id), []).append(result)
        return tuple((function, tuple(found)) for function, found in by_function.items())

    def marks(self, document: Document) -> Marks:
        """Return what is marked in *document* now, in work for the marks alone."""
        marked = self._marked.get(document.uri)
        if marked is None:
            return Marks()
        unexplained = [
            Anchor(id=node_id, message=message, statement=None, line=line)
            for node_id, message in marked.unexplained
            if (line := document.line_of(function_of(node_id))) is not None
        ]
        explained = {anchor.line for anchor in unexplained}
        # Where more is said, the word alone would only stand in the way.
        unfinished = [
            each for each in _lines_of(document, marked.unfinished) if each[0] not in explained
        ]
        new = list(_lines_of(document, marked.new))
        taken = explained.union(line for line, _ in (*unfinished, *new))
        skipped = (
            (line, results)
            for function, results in marked.skipped
            if (line := document.line_of(function)) is not None and line not in taken
        )
        return Marks(
            failures=failure_marks(document.lines, [*document.anchors(), *unexplained]),
            new=def_marks(document.lines, new),
            unfinished=def_marks(document.lines, unfinished),
            skipped=skip_marks(document.lines, skipped),
        )

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


def _lines_of(document: Document, node_ids: Iterable[str]) -> Iterator[tuple[int, str]]:
    for node_id in node_ids:
        line = document.line_of(node_id)
        if line is not None:
            yield line, node_id
