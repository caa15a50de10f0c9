"""A text as lines, edits on it, and which line is which after them."""

from __future__ import annotations

import re
from collections.abc import Iterator

import attrs

_LINE_END = re.compile("\r\n|\n|\r")
_LAST_IN_ONE_UNIT = "\uffff"


@attrs.frozen(kw_only=True)
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


def apply_edit(lines: list[str], ids: list[int], edit: Edit, fresh: Iterator[int]) -> set[int]:
    """Change *lines* as *edit* says and *ids*, one for each line, along with them.

    A line keeps its id while its statement stays; new lines get *fresh* ones.
    Return the ids that are gone.
    """
    line, column = _clamped(lines, edit.line, edit.column)
    end_line, end_column = max((line, column), _clamped(lines, edit.end_line, edit.end_column))
    inserted = split_lines(edit.text)
    before, after = lines[line][:column], lines[end_line][end_column:]
    gone = set(ids[line : end_line + 1])
    kept = _kept_ids(ids[line], ids[end_line], len(inserted), bool(before.strip()))
    inserted[0] = before + inserted[0]
    inserted[-1] += after
    lines[line : end_line + 1] = inserted
    ids[line : end_line + 1] = [next(fresh) if known is None else known for known in kept]
    return gone.difference(kept)


def _clamped(lines: list[str], line: int, column: int) -> tuple[int, int]:
    """Return a place in code points that exists."""
    last = len(lines) - 1
    if line > last:
        return last, len(lines[last])
    return line, code_points(lines[line], column)


def _kept_ids(first: int, final: int, count: int, stays: bool) -> list[int | None]:  # noqa: FBT001 # a fact, not a mode
    """Return the ids of the *count* lines that replace those from *first* to *final*.

    *stays*: the edit begins behind the start of the first line's statement.
    """
    if count == 1:
        return [first if stays or first == final else final]
    middle: list[int | None] = [None] * (count - 2)
    if first == final:
        return [first, *middle, None] if stays else [None, *middle, first]
    return [first if stays else None, *middle, final]
