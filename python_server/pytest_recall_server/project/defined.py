"""What a document defines, followed from the text that was parsed to the one of now."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pytest_recall_server.model.ids import SEPARATOR
from pytest_recall_server.model.outline import Definition
from pytest_recall_server.model.text import Point, Splice, Stretch, statement_on

Since = Callable[[int], Sequence[Splice]]
# Of other alphabets all may be part of a name, marks that combine with a letter too.
_IN_WORD = "[\\w\u0080-\U0010ffff]"


@dataclass(slots=True)
class _Tracked:
    """One definition; moved by edits when it is asked for."""

    head: Stretch
    """What stands on its first line."""
    last: Point
    revision: int
    parsed: str
    """What its first line was when it was parsed, stripped."""
    named: re.Pattern[str] | None
    """What the line must hold still; None: all that was there."""

    def move(self, splices: Iterable[Splice], revision: int) -> None:
        for splice in splices:
            self.head = self.head.moved(splice)
            self.last = _moved_end(self.last, splice)
        self.revision = revision

    def is_on(self, lines: Sequence[str]) -> bool:
        """Tell whether the line still says what it is."""
        if self.head.lost or self.head.begin == self.head.end:
            return False
        text = lines[self.head.begin[0]]
        return bool(self.named.search(text)) if self.named else text.strip() == self.parsed


def _moved_end(point: Point, splice: Splice) -> Point:
    """Return where an end is: what is written at it stands behind it."""
    if point <= splice.start:
        return point
    return splice.behind(point) if point >= splice.end else splice.start


class Defined:
    """All definitions of one text; ids are node ids without parameters."""

    def __init__(
        self,
        path: str,
        lines: Sequence[str],
        revision: int,
        definitions: Iterable[Definition],
    ) -> None:
        self.revision = revision
        """What is asked for the first time is moved by the edits since then."""
        self.number = 0
        self._certain = True
        """The lines of definitions are what the parser said, and were not moved since."""
        self._path = path
        self._lines = lines
        self._definitions = tuple(definitions)
        self._by_id = dict(_flat(path, self._definitions))
        self.functions: Collection[str] = [
            node_id for node_id, item in self._by_id.items() if item.kind == "function"
        ]
        self._tracked: dict[str, _Tracked] = {}
        self.ever: set[str] = set(self._by_id)
        """What was ever defined."""

    @classmethod
    def nothing(cls) -> Defined:
        """Return what is known before anything was parsed."""
        return cls("", (), 0, ())

    def then(
        self,
        path: str,
        lines: Sequence[str],
        revision: int,
        definitions: Iterable[Definition],
    ) -> Defined:
        """Return what a newer text defines."""
        new = Defined(path, lines, revision, definitions)
        new.number = self.number + 1
        new.ever |= self.ever
        return new

    def is_gone(self, node_id: str) -> bool:
        """Tell whether *node_id* was defined before, and is no more."""
        return bool(self.number) and node_id not in self._by_id and node_id in self.ever

    def _get(self, node_id: str, since: Since, revision: int) -> _Tracked | None:
        tracked = self._tracked.get(node_id) or self._track(node_id)
        if tracked is not None and tracked.revision != revision:
            tracked.move(since(tracked.revision), revision)
        return tracked

    def _track(self, node_id: str) -> _Tracked | None:
        item = self._by_id.get(node_id)
        if item is None or item.span.line >= len(self._lines):
            return None
        end_line = min(item.span.end_line, len(self._lines) - 1)
        text = self._lines[item.span.line]
        word = re.compile(rf"(?<!{_IN_WORD}){re.escape(item.name)}(?!{_IN_WORD})")
        if not self._certain and not word.search(text):
            return None
        tracked = self._tracked[node_id] = _Tracked(
            head=statement_on(self._lines, item.span.line),
            last=(end_line, len(self._lines[end_line])),
            revision=self.revision,
            parsed=text.strip(),
            named=word if word.search(text) else None,
        )
        return tracked

    def line_of(
        self, node_id: str, lines: Sequence[str], since: Since, revision: int
    ) -> int | None:
        """Return the first line of a definition, where it still says so."""
        tracked = self._get(node_id, since, revision)
        return tracked.head.begin[0] if tracked and tracked.is_on(lines) else None

    def lines_of(self, node_id: str, since: Since, revision: int) -> range | None:
        """Return the lines of a definition; None where they are not known."""
        tracked = self._get(node_id, since, revision)
        if tracked is None or tracked.head.lost:
            return None
        return range(tracked.head.begin[0], tracked.last[0] + 1)

    def rebase(self, lines: Sequence[str], splices: Sequence[Splice], revision: int) -> None:
        """Let everything be as if *lines*, which *splices* have made, had been parsed.

        In work for lines, edits and definitions, and not for the product of any of them.
        """
        for tracked in self._tracked.values():
            tracked.move(splices[tracked.revision - self.revision :], revision)
        self._definitions = self.present(lines, splices)
        self._by_id = dict(_flat(self._path, self._definitions))
        self._lines, self.revision = lines, revision
        self._certain = False

    def present(self, lines: Sequence[str], splices: Sequence[Splice]) -> tuple[Definition, ...]:
        """Return all definitions where they are in *lines*, which *splices* have made."""
        where = _where_lines_are(len(self._lines), splices)
        return _present(self._definitions, where, len(lines) - 1)


def _where_lines_are(count: int, splices: Sequence[Splice]) -> dict[int, int]:
    """Return old line → new line for those of *count* lines that are there still."""
    lines = list(range(count))
    for splice in splices:
        (first, column), last = splice.start, splice.end[0]
        old = lines[first : last + 1]
        new = [-1] * (len(old) + splice.shift)
        if new and not column:
            new[-1] = old[-1]
        elif new:
            new[0], new[-1] = old[0], old[-1] if len(new) > 1 else old[0]
        lines[first : last + 1] = new
    return {line: now for now, line in enumerate(lines) if line >= 0}


def _present(
    items: Iterable[Definition], where: Mapping[int, int], last: int
) -> tuple[Definition, ...]:
    found = []
    for item in items:
        line = _nearest(where, item.span.line, last)
        end_line = max(line, _nearest(where, item.span.end_line, last))
        span = replace(item.span, line=line, end_line=end_line)
        children = _present(item.children, where, last)
        found.append(replace(item, span=span, children=children))
    return tuple(found)


def _nearest(where: Mapping[int, int], line: int, last: int) -> int:
    """Return where *line* is now, or where the nearest before it is."""
    while line >= 0 and line not in where:
        line -= 1
    return min(where.get(line, 0), last)


def _flat(owner: str, items: Iterable[Definition]) -> Iterator[tuple[str, Definition]]:
    for item in items:
        node_id = owner + SEPARATOR + item.name
        yield node_id, item
        yield from _flat(node_id, item.children)
