"""A text as lines, edits on it, and where things are after them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|\n|\r")
_LAST_IN_ONE_UNIT = "\uffff"


@dataclass(frozen=True, kw_only=True, slots=True)
class Edit:
    """The text between two places is replaced; columns count UTF-16 code units."""

    line: int
    column: int
    end_line: int
    end_column: int
    text: str


def split_lines(text: str) -> list[str]:
    """Split as LSP does: at line feeds and carriage returns, and at nothing else."""
    return _LINE_END.split(text)


def code_points(line: str, units: int) -> int:
    """Translate a column in UTF-16 code units to one in code points, within the line."""
    if line.isascii() or max(line) <= _LAST_IN_ONE_UNIT:
        return min(units, len(line))
    seen = 0
    for index, character in enumerate(line):
        if seen >= units:
            return index
        seen += 1 if character <= _LAST_IN_ONE_UNIT else 2
    return len(line)


def code_units(text: str) -> int:
    """Return the length in UTF-16 code units."""
    return len(text) + sum(character > _LAST_IN_ONE_UNIT for character in text)


def indentation(line: str) -> int:
    """Return the column of the first character that is not blank (ASCII, so in any unit)."""
    return len(line) - len(line.lstrip(" \t\f"))


Point = tuple[int, int]
"""Line and column in code points."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Splice:
    """What an edit did: the text from *start* to *end* is now that from *start* to *new_end*."""

    start: Point
    end: Point
    new_end: Point
    shift: int
    """By how many lines those behind the edit have moved."""

    @property
    def within_line(self) -> bool:
        """Tell whether no line end was taken away or added."""
        return self.start[0] == self.end[0] == self.new_end[0] and not self.shift

    def before(self, point: Point) -> Point | None:
        """Return where the character that is now at *point* was; None: the edit wrote it."""
        line, column = point
        if point < self.start:
            return point
        if point < self.new_end:
            return None
        if line > self.new_end[0]:
            return line - self.shift, column
        return self.end[0], column - self.new_end[1] + self.end[1]

    def behind(self, point: Point) -> Point:
        """Return where a *point* at or behind the end of the edit is now."""
        line, column = point
        if line > self.end[0]:
            return line + self.shift, column
        return self.new_end[0], self.new_end[1] + column - self.end[1]


def line_ends(text: str) -> list[str]:
    """Return what ends each of the lines; the last one has no end."""
    return [*_LINE_END.findall(text), ""]


def apply_edit(lines: list[str], ends: list[str], edit: Edit) -> Splice:
    """Change *lines* and their *ends* as *edit* says, in work for the edited lines alone."""
    start = _clamped(lines, edit.line, edit.column)
    end = max(start, _clamped(lines, edit.end_line, edit.end_column))
    line, end_line = start[0], end[0]
    final = ends[end_line]
    head = lines[line][: start[1]] + edit.text
    stretch = head + lines[end_line][end[1] :] + final
    if not start[1] and line and ends[line - 1] == "\r" and stretch.startswith("\n"):
        # What was two line ends, or is inserted behind one, is one.
        ends[line - 1] = "\r\n"
        head, stretch = head[1:], stretch[1:]
    new, new_ends = split_lines(stretch), line_ends(stretch)
    if final:
        new.pop()
        new_ends.pop()
    lines[line : end_line + 1] = new
    ends[line : end_line + 1] = new_ends
    inserted = split_lines(head)
    new_end = (line + len(inserted) - 1, len(inserted[-1]))
    shift = len(new) - (end_line + 1 - line)
    return Splice(start=start, end=end, new_end=new_end, shift=shift)


def difference(old: Sequence[str], new: Sequence[str]) -> Splice | None:
    """Return the edit of whole lines that makes *new* of *old*; None where they are the same.

    Lines that are the same at both ends are kept.
    """
    head = _common(old, new)
    if head == len(old) == len(new):
        return None
    tail = _common(old[head:][::-1], new[head:][::-1])
    old_end, new_end = len(old) - tail, len(new) - tail
    if tail:
        start, end, behind = (head, 0), (old_end, 0), (new_end, 0)
    else:
        start = (head - 1, len(old[head - 1])) if head else (0, 0)
        end, behind = (old_end - 1, len(old[-1])), (new_end - 1, len(new[-1]))
    return Splice(start=start, end=end, new_end=behind, shift=new_end - old_end)


def _common(left: Sequence[str], right: Sequence[str]) -> int:
    count = 0
    for one, other in zip(left, right, strict=False):
        if one != other:
            break
        count += 1
    return count


@dataclass(frozen=True, kw_only=True, slots=True)
class Stretch:
    """A statement that is followed through edits, from its first character to its last."""

    begin: Point
    end: Point
    """Where all of it was typed over, this is what was typed in its line instead."""
    lost: bool = False
    """It was removed, and its line with it: *begin* is where it was."""

    def moved(self, splice: Splice) -> Stretch:
        """Return where it is after an edit."""
        start, end = splice.start, splice.end
        if not self.lost and self.begin == self.end:
            return self._moved_empty(splice)
        covered = start <= self.begin and self.end <= end and start < end
        if covered and not self.lost:
            if splice.within_line:
                return Stretch(begin=start, end=splice.new_end)
            return Stretch(begin=start, end=start, lost=True)
        begin = moved(self.begin, splice)
        last = min(self.end, start)
        return Stretch(
            begin=begin,
            end=max(begin, splice.behind(self.end) if self.end > end else last),
            lost=self.lost,
        )

    def _moved_empty(self, splice: Splice) -> Stretch:
        point = self.begin
        if not splice.start[0] <= point[0] <= splice.end[0]:
            point = moved(point, splice)
            return Stretch(begin=point, end=point)
        if not splice.within_line:
            # Which line is now the one that it was on cannot be told.
            return Stretch(begin=splice.start, end=splice.start, lost=True)
        if splice.start <= point <= splice.end:
            return Stretch(begin=splice.start, end=splice.new_end)
        point = moved(point, splice)
        return Stretch(begin=point, end=point)


def moved(point: Point, splice: Splice) -> Point:
    """Return where the character at *point* is after an edit, or what follows it."""
    if point < splice.start:
        return point
    return splice.behind(point) if point >= splice.end else splice.new_end


def written(point: Point, splices: Sequence[Splice]) -> bool:
    """Tell whether one of some edits, the last of which has just been, wrote what is at *point*."""
    for splice in reversed(splices):
        before = splice.before(point)
        if before is None:
            return True
        point = before
    return False


def statement_on(lines: Sequence[str], line: int) -> Stretch:
    """Return the statement on *line*, which exists."""
    text = lines[line]
    last = len(text.rstrip())
    return Stretch(begin=(line, min(len(text) - len(text.lstrip()), last)), end=(line, last))


def _clamped(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """Return a place in code points that exists."""
    last = len(lines) - 1
    if line > last:
        return last, len(lines[last])
    return line, code_points(lines[line], column)
