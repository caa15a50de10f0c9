"""What is to be marked in an open document, made anew when what is remembered changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_recall_server.model.facts import FileError, Memory
from pytest_recall_server.model.ids import function_of, path_of
from pytest_recall_server.model.markers import (
    Anchor,
    DefMark,
    Marks,
    def_marks,
    failure_marks,
    skip_marks,
    trace_marks,
)
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.traces import Traces
from pytest_recall_server.project.documents import Document
from pytest_recall_server.project.history import History
from pytest_recall_server.project.tree import Tree

UNEXPLAINED = "failed: pytest's own cache does not say why"


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Basis:
    """What a document's marks were made of besides its text: while it holds, they hold."""

    known: Mapping[str, Result]
    memory: Memory
    defined: int
    error: FileError | None

    def holds(self, other: Basis | None) -> bool:
        """Tell whether *other* says the same."""
        return (
            other is not None
            and self.known is other.known
            and self.memory is other.memory
            and (self.defined, self.error) == (other.defined, other.error)
        )


_SKIPPED = frozenset({"skipped", "xfailed"})

_Word = Literal["unfinished", "outdated", "failed", "new"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Marked:
    """The tests of a document with something to say of them, and what that is made of."""

    basis: Basis
    unexplained: tuple[tuple[str, str], ...]
    """Failures without a place: id and message."""
    words: tuple[tuple[_Word, tuple[str, ...]], ...]
    """What ``def`` lines may say, with the functions of which it is true; the first counts."""
    runs: Mapping[str, int]
    """For how many runs tests of functions have failed."""
    stale: frozenset[str]
    """Failed tests whose source has changed since."""
    traces: Traces
    skipped: tuple[tuple[str, tuple[Result, ...]], ...]
    """Functions with the results of those of their tests that were skipped."""


def marked_in(
    document: Document, basis: Basis, traces: Traces, history: History, tree: Tree
) -> Marked:
    """Return what there is to mark in *document*, wherever it is by then."""
    memory, functions, path = basis.memory, document.functions(), document.path
    known = [each for each in history.known(path, 0.0) if each in history.results]
    stale = frozenset(filter(tree.is_stale, known))
    changed = set(map(function_of, stale))
    return Marked(
        basis=basis,
        unexplained=tuple(
            (node_id, result.message or UNEXPLAINED)
            for node_id, result in basis.known.items()
            if result.place is None and path_of(node_id) == path
        ),
        words=(
            ("unfinished", tuple(filter(memory.is_unfinished, functions))),
            # What is said of another source is said after that.
            ("outdated", tuple(each for each in functions if each in changed)),
            ("failed", tuple(filter(memory.is_failed, functions))),
            ("new", tuple(filter(memory.is_new, functions))),
        ),
        runs=_runs_in(path, memory, history),
        stale=stale,
        traces=traces,
        skipped=_skipped_in(path, memory, history, tree),
    )


def _skipped_in(
    path: str, memory: Memory, history: History, tree: Tree
) -> tuple[tuple[str, tuple[Result, ...]], ...]:
    """Return the functions of a file with tests that were skipped, as far as that holds."""
    facts, by_function = tree.facts(path), dict[str, list[Result]]()
    for node_id in () if facts is None else facts.known:
        result = history.results.get(node_id)
        if result is None or result.outcome not in _SKIPPED or memory.is_failed(node_id):
            continue
        if not tree.is_stale(node_id):
            by_function.setdefault(function_of(node_id), []).append(result)
    return tuple((function, tuple(found)) for function, found in by_function.items())


def _runs_in(path: str, memory: Memory, history: History) -> dict[str, int]:
    """Return for how many runs functions of a file have failed, if they have."""
    runs: dict[str, int] = {}
    for node_id in memory.failed:
        if path_of(node_id) == path:
            streak = history.streaks.of(node_id)
            function = function_of(node_id)
            runs[function] = max(runs.get(function, 1), 1 if streak is None else streak.runs)
    return runs


def marks_of(document: Document, marked: Marked) -> Marks:
    """Return what is marked in *document* now, in work for the marks alone."""
    unexplained = [
        Anchor(id=node_id, message=message, statement=None, line=line)
        for node_id, message in marked.unexplained
        if (line := document.line_of(function_of(node_id))) is not None
    ]
    anchors, traces = document.anchors(), marked.traces.by_key
    failing = [each for each in anchors if each.id not in traces]
    failures = failure_marks(document.lines, [*failing, *unexplained], marked.stale)
    # Where more is said, a word or a trace would only stand in the way.
    failing_lines = {mark.span.line for mark in failures}
    located = [(each, traces[each.id]) for each in anchors if each.id in traces]
    taken = set(failing_lines)
    words = _words(document, marked, taken)
    skipped = (
        (line, results)
        for function, results in marked.skipped
        if (line := document.line_of(function)) is not None and line not in taken
    )
    return Marks(
        failures=failures,
        **words,
        skipped=skip_marks(document.lines, skipped),
        traces=trace_marks(document.lines, located, marked.basis.known, failing_lines),
    )


def _words(document: Document, marked: Marked, taken: set[int]) -> dict[_Word, tuple[DefMark, ...]]:
    """Return the marks of ``def`` lines, of which each says one thing; add them to *taken*."""
    words: dict[_Word, tuple[DefMark, ...]] = {}
    for word, functions in marked.words:
        free = [each for each in _lines_of(document, functions) if each[0] not in taken]
        runs = marked.runs if word == "failed" else {}
        words[word] = def_marks(document.lines, free, runs)
        taken.update(line for line, _ in free)
    return words


def _lines_of(document: Document, node_ids: Iterable[str]) -> Iterator[tuple[int, str]]:
    for node_id in node_ids:
        line = document.line_of(node_id)
        if line is not None:
            yield line, node_id
