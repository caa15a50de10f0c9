"""What marks of an edited document may say: an oracle that follows characters.

Every character of the text has an identity of its own, which no two ever share.  A failing
statement is the set of its characters: where they are is where it is, however much is
written around them, and however often its text stands elsewhere.
"""

from __future__ import annotations

import ast
import itertools
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.protocol import DefMarker, FailedMarker, Position, Range

Row = tuple[int, int, int]
"""Offsets of a line's first character, of its end, and of the next line."""


def rows_of(text: str) -> list[Row]:
    """Return the lines of *text* as LSP parts them."""
    rows, start, at = [], 0, 0
    while at < len(text):
        if text[at] in "\r\n":
            behind = at + (2 if text[at : at + 2] == "\r\n" else 1)
            rows.append((start, at, behind))
            start = at = behind
        else:
            at += 1
    return [*rows, (start, at, at)]


def units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass
class Failure:
    """A failure as the model knows it."""

    id: str
    statement: str
    own: bool
    """The statement is one of the test function's own."""
    chars: frozenset[int] = frozenset()
    """Empty: which one it is cannot be known; only the one that says so in its test may be it."""
    bounds: tuple[int, int] = (-3, -3)
    """The line ends before and behind it."""
    others: frozenset[int] = frozenset()
    """The characters of what said the same beside it, when it was there last."""
    sound: bool = True
    """When all was settled last, the mark had to be there."""


@dataclass
class Text:
    """A text whose characters have identities."""

    text: str
    ids: list[int] = field(default_factory=list)
    fresh: Iterator[int] = field(default_factory=itertools.count)

    def __post_init__(self) -> None:
        self.ids = self.ids or [next(self.fresh) for _ in self.text]

    def splice(self, begin: int, end: int, text: str) -> None:
        """Replace the characters from *begin* to *end*."""
        self.ids[begin:end] = [next(self.fresh) for _ in text]
        self.text = self.text[:begin] + text + self.text[end:]

    def rows(self) -> list[Row]:
        """Return the lines."""
        return rows_of(self.text)

    def lines(self) -> list[str]:
        """Return the lines without their ends."""
        return [self.text[start:end] for start, end, _ in self.rows()]

    def chars(self, line: int) -> frozenset[int]:
        """Return the identities of the statement on a line."""
        start, end, _ = self.rows()[line]
        inside = range(start, end)
        return frozenset(self.ids[at] for at in inside if not self.text[at].isspace())

    def beside(self, statement: str, chars: frozenset[int]) -> frozenset[int]:
        """Return the characters of the lines that say *statement* and are not of *chars*."""
        same = (at for at, line in enumerate(self.lines()) if line.strip() == statement)
        found = (self.chars(at) for at in same)
        return frozenset().union(*(each for each in found if each.isdisjoint(chars)))

    def bounds(self, line: int) -> tuple[int, int]:
        """Return the identities of the ends before and behind a line."""
        start, end, behind = self.rows()[line]
        return (
            self.ids[start - 1] if start else -1,
            self.ids[behind - 1] if behind > end else -2,
        )

    def matched(self, other: str) -> Text:
        """Return *other* with the identities of the lines that are the same at both ends."""
        mine, theirs = self.rows(), rows_of(other)
        same = [self.text[start:end] for start, end, _ in mine]
        new = [other[start:end] for start, end, _ in theirs]
        head = _common(same, new)
        tail = _common(same[head:][::-1], new[head:][::-1])
        ids = [next(self.fresh) for _ in other]
        pairs = [(at, at) for at in range(head)]
        pairs += [(len(mine) - at, len(theirs) - at) for at in range(1, tail + 1)]
        for one, two in pairs:
            start, end, behind = mine[one]
            at, to, after = theirs[two]
            ids[at:to] = self.ids[start:end]
            if behind - end == after - to:
                ids[to:after] = self.ids[end:behind]
        return Text(other, ids, self.fresh)


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    pairs = itertools.takewhile(lambda pair: pair[0] == pair[1], zip(left, right, strict=False))
    return len(list(pairs))


Tests = dict[str, tuple[int, int]]
"""Names below the file → first and last line, 0-based."""


def functions_in(text: str) -> Tests | None:
    """Return the tests of *text*, found anew; None where it does not parse."""
    try:
        tree = ast.parse("\n".join(text[start:end] for start, end, _ in rows_of(text)))
    except (SyntaxError, ValueError):
        return None
    return _tests(tree.body, "")


def _tests(body: list[ast.stmt], owner: str) -> Tests:
    found: Tests = {}
    for node in body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                found.pop(owner + name, None)
                if name.startswith("test"):
                    found[owner + name] = (node.lineno - 1, (node.end_lineno or 0) - 1)
            case ast.ClassDef(name=name) if name.startswith("Test"):
                found = {key: item for key, item in found.items() if not _below(key, owner + name)}
                found |= _tests(node.body, f"{owner}{name}::")
    return found


def _below(key: str, owner: str) -> bool:
    return key.startswith(owner + "::")


def names_in(node_id: str) -> str:
    """Return what follows the path, without parameters."""
    return node_id.partition("::")[2].partition("[")[0]


class Oracle:
    """Says what is wrong with the marks of a document."""

    def __init__(self, text: Text, failures: dict[str, Failure]) -> None:
        self.text = text
        self.failures = failures

    def faults(
        self, marks: protocol.MarkersParams, version: int, *, settled: bool, new: set[str]
    ) -> list[str]:
        """Return what is wrong; *settled*: what was typed has been parsed.

        *new*: the names of the tests that are not known to the cache, when settled.
        """
        tests = functions_in(self.text.text) if settled else None
        faults = [] if marks.version == version else [f"version {marks.version}, not {version}"]
        words: list[DefMarker | FailedMarker] = [*marks.new, *marks.unfinished, *marks.failed]
        words += marks.outdated
        ranges = [mark.range for mark in marks.failures] + [mark.range for mark in words]
        if len({mark.range.start.line for mark in words}) < len(words):
            faults.append("a def line says more than one thing")
        faults += [fault for where in ranges for fault in self._out_of_place(where)]
        if faults:
            return faults
        marked = {node_id: mark for mark in marks.failures for node_id in mark.ids}
        for node_id, failure in self.failures.items():
            if node_id not in marked:
                faults.append(f"{node_id} has no mark")
            else:
                faults += self._wrong(failure, marked[node_id], tests)
        for mark in words:
            faults += self._wrong_def(mark, tests)
        if tests is not None:
            said = {names_in(node_id) for mark in marks.new for node_id in mark.ids}
            # Of what failed, or is on a line of which more is said, it is not said.
            more = {mark.range.start.line for mark in marks.failures}
            failed = set(map(names_in, self.failures))
            due = {name for name in new & set(tests) if tests[name][0] not in more} - failed
            changed = {names_in(node_id) for mark in marks.outdated for node_id in mark.ids}
            # What ran once, before the cache took note of it, may be outdated instead.
            if not said <= due <= said | changed:
                faults.append(f"new are {said}, not {due}")
        return faults

    def trace_faults(
        self, marks: protocol.MarkersParams, traces: dict[str, Failure], *, settled: bool
    ) -> list[str]:
        """Return what is wrong with the marks of lines that tracebacks go through.

        *traces*: id → the line.  A line that has changed has no mark.
        """
        tests = functions_in(self.text.text) if settled else None
        faults = [fault for mark in marks.traces for fault in self._out_of_place(mark.range)]
        marked = {each.id: mark for mark in marks.traces for each in mark.failures}
        faults += [f"{node_id} has no trace" for node_id in marked.keys() - traces.keys()]
        more = {mark.range.start.line for mark in marks.failures}
        at = Position(line=0, character=0)
        for node_id, trace in traces.items():
            mark = marked.get(node_id)
            if mark is None and self._due(trace, tests) in more:
                continue
            where = Range(start=at, end=at) if mark is None else mark.range
            told = protocol.FailureMarker(
                range=where, message="", ids=[node_id], outdated=mark is None
            )
            faults += self._wrong(trace, told, tests)
        return faults

    def _out_of_place(self, where: protocol.Range) -> Iterator[str]:
        lines = self.text.lines()
        line, start, end = where.start.line, where.start.character, where.end.character
        if not (line == where.end.line and 0 <= line < len(lines)):
            yield f"{where} is not in the document"
        elif not 0 <= start <= end <= units(lines[line]):
            yield f"{where} is not in the line {lines[line]!r}"

    def _wrong(
        self, failure: Failure, mark: protocol.FailureMarker, tests: Tests | None
    ) -> Iterator[str]:
        line = mark.range.start.line
        if not failure.chars.isdisjoint(self.text.ids):
            failure.others = self.text.beside(failure.statement, failure.chars)
        due = self._due(failure, tests)
        if tests is not None:
            failure.sound = due is not None
        if mark.outdated:
            if due is not None and failure.sound:
                yield f"{failure.id} is outdated, but it is whole on line {due}"
            return
        if self.text.lines()[line].strip() != failure.statement:
            yield f"{failure.id} is marked on {self.text.lines()[line]!r}"
        elif not self._is_it(failure, line, tests):
            yield f"{failure.id} is marked on line {line}, which is not the one that failed"
        elif tests is not None and failure.own and line not in _span(tests, failure.id):
            yield f"{failure.id} is marked on line {line}, out of its test"
        else:
            failure.chars, failure.bounds = self.text.chars(line), self.text.bounds(line)

    def _due(self, failure: Failure, tests: Tests | None) -> int | None:
        """Return the line on which all of the statement stands, untouched and in its test."""
        lines = self.text.lines()
        for line, text in enumerate(lines):
            if failure.chars and self.text.chars(line) == failure.chars:
                inside = tests is None or not failure.own or line in _span(tests, failure.id)
                return line if text.strip() == failure.statement and inside else None
        return None

    def _is_it(self, failure: Failure, line: int, tests: Tests | None) -> bool:
        if not failure.chars.isdisjoint(self.text.ids):
            return not failure.chars.isdisjoint(self.text.chars(line))
        if failure.bounds == self.text.bounds(line):
            # It was typed anew in its line.
            return True
        lines = self.text.lines()
        tests = functions_in(self.text.text) if tests is None else tests
        if tests is None and failure.own:
            # Where its test is in such a text nobody can say.
            return failure.others.isdisjoint(self.text.chars(line))
        inside = _span(tests or {}, failure.id) if failure.own else range(len(lines))
        same = [at for at in inside if lines[at].strip() == failure.statement]
        return [at for at in same if failure.others.isdisjoint(self.text.chars(at))] == [line]

    def _wrong_def(self, mark: DefMarker | FailedMarker, tests: Tests | None) -> Iterator[str]:
        line = mark.range.start.line
        text = unicodedata.normalize("NFKC", self.text.lines()[line])
        for node_id in mark.ids:
            names = names_in(node_id)
            if not re.search(rf"(?<!\w){re.escape(names.rpartition('::')[2])}(?!\w)", text):
                yield f"{node_id} is marked on {text!r}"
            elif tests is not None and tests.get(names, (-1, -1))[0] != line:
                yield f"{node_id} is marked on line {line}, not at its def"


def _span(tests: Tests, node_id: str) -> range:
    first, last = tests.get(names_in(node_id), (0, -1))
    return range(first, last + 1)
