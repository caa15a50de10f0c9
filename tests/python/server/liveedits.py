"""Random edits: plain numbers that become changes of whatever the text is by then."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st
from lsprotocol import types
from tests.python.server.liveoracle import Text, functions_in, units

PATH = "test_live.py"
BASES = (
    """\
import pytest


def check(x):
    assert x == 1


def test_twice():
    x = 1
    assert x == 2
    x = 3
    assert x == 2


class TestSome:
    @pytest.mark.parametrize("n", [1, 2])
    def test_in(self, n):
        assert n == 2

    def test_same(self):
        x = 4
        assert x == 2


def test_helped():
    check(2)
    assert x == 2
""",
    '''\
def test_wide():
    text = "💥 é e\u0301"; assert text == ""
\f
def test_wide_too():
    """assert x == 2"""
    assert x == 2
    text = "💥 é e\u0301"; assert text == ""


async def test_last(): assert x == 2''',
)
BLOCKS = (
    "def test_new():\n    assert x == 2\n",
    "    assert x == 2\n",
    "    x = 5\n    assert x == 2\n\n",
    "class TestSome:\n    def test_same(self):\n        assert x == 2\n",
    "#\n",
    "\n\n",
    "    '''\n",
)
PIECES = (*'xa1 "(#:💥é\t\f', "\u0301", "\n", "\r\n", "\r", "    ", "\n    ", "assert x == 2")
KINDS = (
    *("insert", "delete", "replace", "line", "double", "block", "swap", "cut", "whole", "undo"),
    *("failing", "failing", "several", "comment", "rename", "test gone", "beyond", "ends"),
)
"""What may happen to the text."""

Numbers = tuple[int, int, int]
Op = tuple[str, Numbers]
NUMBERS = st.tuples(*[st.integers(0, 200)] * 3)


def scripts(*others: str, size: int) -> st.SearchStrategy[list[Op]]:
    """Return lists of operations: edits, and the *others* that a test knows."""
    kinds = st.sampled_from((*KINDS, *KINDS, *others))
    return st.lists(st.tuples(kinds, NUMBERS), min_size=1, max_size=size)


@dataclass(frozen=True)
class Change:
    """Characters that are replaced."""

    begin: int
    end: int
    text: str


class Typist:
    """Makes changes of operations and carries them out on the text of the model."""

    def __init__(self, text: Text) -> None:
        self.text = text
        self.failing: frozenset[int] = frozenset()
        """Characters that are worth changing."""
        self._undo: list[list[Change]] = []

    def type(self, op: Op) -> list[types.TextDocumentContentChangeEvent]:
        """Carry out *op*; return what the client sends of it."""
        kind, numbers = op
        if kind == "whole":
            return [self._whole(numbers)]
        changes: list[types.TextDocumentContentChangeEvent] = []
        back: list[Change] = []
        for change in self._undo.pop() if kind == "undo" and self._undo else self._steps(op):
            if not self._allowed(change):
                continue
            changes.append(self._event(change, beyond=kind == "beyond"))
            before = self.text.text[change.begin : change.end]
            back.insert(0, Change(change.begin, change.begin + len(change.text), before))
            self.text.splice(change.begin, change.end, change.text)
        if kind != "undo":
            self._undo.append(back)
        return changes

    def _steps(self, op: Op) -> list[Change]:
        kind, numbers = op
        if kind != "several":
            return self._changes(kind, numbers)
        # Each is about the text that the one before leaves: here they do not meet.
        one, two = (self._changes(KINDS[numbers[at] % 6], numbers[at:] + numbers) for at in (0, 1))
        found = sorted([*one, *two], key=lambda each: -each.begin)
        apart = [found[0]] if found else []
        for each in found[1:]:
            if each.end < apart[-1].begin:
                apart.append(each)
        return apart

    def _allowed(self, change: Change) -> bool:
        """Tell whether a client can say so: no place lies within a line end."""
        text = self.text.text
        return not any(text[at - 1 : at + 1] == "\r\n" for at in (change.begin, change.end) if at)

    def _whole(self, numbers: Numbers) -> types.TextDocumentContentChangeWholeDocument:
        text = self.text.text
        for change in self._changes("line" if numbers[2] % 2 else "block", numbers):
            text = text[: change.begin] + change.text + text[change.end :]
        if numbers[2] % 5 == 0:
            text = text.replace("\r\n", "\n").replace("\n", "\r\n")
        matched = self.text.matched(text)
        self.text.text, self.text.ids = matched.text, matched.ids
        self._undo.clear()
        return types.TextDocumentContentChangeWholeDocument(text=text)

    def _event(self, change: Change, *, beyond: bool) -> types.TextDocumentContentChangePartial:
        begin, end = (self._position(at) for at in (change.begin, change.end))
        if beyond and change.end == len(self.text.text):
            end = types.Position(line=end.line + 7, character=end.character + 99)
        return types.TextDocumentContentChangePartial(
            range=types.Range(start=begin, end=end), text=change.text
        )

    def _position(self, at: int) -> types.Position:
        for line, (start, end, behind) in enumerate(rows := self.text.rows()):
            if at <= end or at < behind or line == len(rows) - 1:
                return types.Position(line=line, character=units(self.text.text[start:at]))
        raise AssertionError(at)

    def _changes(self, kind: str, numbers: tuple[int, ...]) -> list[Change]:
        a, b, c = numbers[:3]
        text, rows = self.text.text, self.text.rows()
        at = a * 31 % (len(text) + 1)
        start, end, behind = rows[a % len(rows)]
        piece = PIECES[c % len(PIECES)]
        if kind == "failing":
            places = [i for i, known in enumerate(self.text.ids) if known in self.failing]
            at = places[a % len(places)] if places else at
            return [Change(at, min(at + b % 4, len(text)), piece if c % 3 else "")]
        if kind == "rename":
            word = text.find("def test", at) + 8
            return [Change(word, word, piece)] if word >= 8 else []
        if kind == "test gone":
            spans = sorted((functions_in(text) or {}).values())
            first, last = spans[b % len(spans)] if spans else (0, 0)
            return [Change(rows[first][0], rows[last][2], "")]
        begin = max(len(text) - b % 30, 0)
        ends = (Change(0, b % 30 % len(rows), ""), Change(begin, len(text), piece))
        return self._lines(kind, numbers) or {
            "beyond": [ends[c % 2]],
            "ends": [ends[c % 2]],
            "insert": [Change(at, at, piece)],
            "delete": [Change(at, min(at + 1 + b % 3, len(text)), "")],
            "replace": [Change(at, min(at + 1, len(text)), piece)],
            "line": [Change(start, behind, "")],
            "double": [Change(start, start, text[start:end] + "\n")],
            "block": [Change(start, start, BLOCKS[b % len(BLOCKS)])],
            "cut": [Change(at, min(at + b, len(text)), "")],
        }.get(kind, [])

    def _lines(self, kind: str, numbers: tuple[int, ...]) -> list[Change]:
        """Return the changes that move a line to another place, or make it a comment or none."""
        text, rows = self.text.text, self.text.rows()
        if kind == "comment":
            start, end, _ = rows[numbers[0] % len(rows)]
            line = text[start:end]
            bare = start + len(line) - len(line.lstrip())
            marked = text[bare : bare + 2] == "# "
            return [Change(bare, bare + 2, "") if marked else Change(bare, bare, "# ")]
        if kind != "swap":
            return []
        one, two = sorted((numbers[0] % len(rows), numbers[1] % len(rows)))
        start, end, behind = rows[one]
        if one == two:
            return []
        to = rows[two][0]
        return [Change(to, to, text[start:end] + "\n"), Change(start, behind, "")]
