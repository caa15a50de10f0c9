"""What is marked in an open document, and on which lines."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.text import code_units, indentation
from pytest_recall_server.model.traces import Trace
from pytest_recall_server.model.wording import skip_words

MOST_NAMED = 10
"""Of more tests whose tracebacks go through a line the mark says only how many they are.

It is told with every keystroke.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Anchor:
    """A failure in a document and the line it is followed to."""

    id: str
    message: str
    statement: str | None
    """The text that the line must hold, stripped; None: the line stands for the whole test."""
    line: int
    lost: bool = False
    """What failed is not there any more, whatever the line holds."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FailureMark:
    """A failing line."""

    span: Span
    message: str
    ids: tuple[str, ...]
    outdated: bool
    stale: bool = False
    """The source of all these tests has changed since."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DefMark:
    """The ``def`` line of tests about which one phrase says it all."""

    span: Span
    ids: tuple[str, ...]
    runs: int = 0
    """For how many runs the one that has failed longest has failed; 0 where none did."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TraceMark:
    """A line that tests failed on their way through; it says what it said then."""

    span: Span
    failures: tuple[tuple[str, str], ...]
    """Ids and reasons of the first of them."""
    count: int
    """How many tests they are."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SkipMark:
    """The ``def`` line of tests that were skipped, or failed as expected."""

    span: Span
    message: str
    """How they did, and why."""
    ids: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Marks:
    """All marks of one document; a line has at most one of those that are for ``def`` lines."""

    failures: tuple[FailureMark, ...] = ()
    new: tuple[DefMark, ...] = ()
    unfinished: tuple[DefMark, ...] = ()
    failed: tuple[DefMark, ...] = ()
    outdated: tuple[DefMark, ...] = ()
    traces: tuple[TraceMark, ...] = ()
    skipped: tuple[SkipMark, ...] = ()


def locate(lines: Sequence[str], statement: str, hint: int, span: Span | None) -> int:
    """Return the line where *statement* is now, given the line where it was.

    *span* is the test's, where the statement must be; None if it may be anywhere.
    Where it cannot be told, the answer is a line that does not hold the statement.
    """
    first, last = (span.line, span.end_line) if span else (0, len(lines) - 1)
    inside = range(first, min(last + 1, len(lines)))
    candidates = [line for line in inside if lines[line].strip() == statement]
    if hint in candidates:
        return hint
    if len(candidates) == 1:
        return candidates[0]
    # None or several lines say so: any of them may be the wrong one.
    others = (line for line in inside if line not in candidates)
    return hint if hint in inside else next(others, len(lines))


def is_outdated(lines: Sequence[str], anchor: Anchor) -> bool:
    """Tell whether the line no longer says what it said when the test failed."""
    if anchor.lost or anchor.statement is None:
        return anchor.lost
    return anchor.line >= len(lines) or lines[anchor.line].strip() != anchor.statement


def failure_marks(
    lines: Sequence[str], anchors: Iterable[Anchor], stale: Collection[str] = ()
) -> tuple[FailureMark, ...]:
    """Return one mark a line (and state), in the order of lines; *stale* are ids of tests."""
    grouped: dict[tuple[int, bool], list[Anchor]] = {}
    for anchor in anchors:
        line = min(anchor.line, len(lines) - 1)
        grouped.setdefault((line, is_outdated(lines, anchor)), []).append(anchor)
    return tuple(
        FailureMark(
            span=line_span(lines, line),
            message=_common_message(group),
            ids=tuple(anchor.id for anchor in group),
            outdated=outdated,
            stale=all(anchor.id in stale for anchor in group),
        )
        for (line, outdated), group in sorted(grouped.items(), key=lambda item: item[0])
    )


def _common_message(group: list[Anchor]) -> str:
    messages = list(dict.fromkeys(anchor.message for anchor in group))
    more = len(messages) - 1
    return f"{messages[0]} (and {more} more)" if more else messages[0]


def def_marks(
    lines: Sequence[str],
    tests: Iterable[tuple[int, str]],
    runs: Mapping[str, int] = MappingProxyType({}),
) -> tuple[DefMark, ...]:
    """Return marks for *tests*, (line of the ``def``, id), and for how many *runs* they failed."""
    grouped: dict[int, list[str]] = {}
    for line, node_id in tests:
        grouped.setdefault(min(line, len(lines) - 1), []).append(node_id)
    return tuple(
        DefMark(
            span=line_span(lines, line),
            ids=tuple(ids),
            runs=max(runs.get(each, 0) for each in ids),
        )
        for line, ids in sorted(grouped.items())
    )


def trace_marks(
    lines: Sequence[str],
    located: Iterable[tuple[Anchor, Trace]],
    failures: Mapping[str, Result],
    taken: Collection[int],
) -> tuple[TraceMark, ...]:
    """Return one mark a line for traces where they are now.

    *failures*: id → result.  Left out are lines that say something else by now, and those
    *taken*, of which more is said.
    """
    grouped: dict[int, dict[str, None]] = {}
    for anchor, trace in located:
        if anchor.line not in taken and not is_outdated(lines, anchor):
            grouped.setdefault(anchor.line, {}).update(dict.fromkeys(trace.ids))
    return tuple(
        TraceMark(
            span=line_span(lines, line),
            failures=tuple(
                (each, failures[each].message or "failed") for each in list(ids)[:MOST_NAMED]
            ),
            count=len(ids),
        )
        for line, ids in sorted(grouped.items())
    )


def skip_marks(
    lines: Sequence[str], functions: Iterable[tuple[int, Sequence[Result]]]
) -> tuple[SkipMark, ...]:
    """Return marks for *functions*, (line of the ``def``, results of those that were skipped)."""
    return tuple(
        SkipMark(
            span=line_span(lines, min(line, len(lines) - 1)),
            message=skip_words(results),
            ids=tuple(result.id for result in results),
        )
        for line, results in sorted(functions, key=lambda item: item[0])
    )


def line_span(lines: Sequence[str], line: int) -> Span:
    """Return the stretch from a line's first non-blank character to its last."""
    text = lines[line] if line < len(lines) else ""
    stripped = text.rstrip()
    start = min(indentation(text), len(stripped))
    return Span(line=line, column=start, end_line=line, end_column=code_units(stripped))
