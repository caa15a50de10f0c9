"""Find the places in the text of a traceback, as pytest and Python print them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PLACE = re.compile(r"(?P<path>(?:[A-Za-z]:)?[^:\s][^:]*\.\w+):(?P<line>\d+): ?(?P<rest>.*)")
_NATIVE = re.compile(r'\s+File "(?P<path>[^"]+)", line (?P<line>\d+)(?:, in (?P<name>.+))?$')
_DEFINITION = re.compile(r"[ >]*(?:async )?def (?P<name>\w+)\(")
_OWN_WORDS = re.compile(r"E   +(?P<words>\S.*)")


@dataclass(frozen=True, kw_only=True, slots=True)
class TracePlace:
    """An entry of a traceback."""

    path: str
    """As it is printed: relative to where pytest was invoked, or absolute."""
    line: int
    """1-based."""
    name: str
    """The function, ``?`` where that is not printed."""
    statement: str | None
    """The source text of the line, stripped."""


def places_in(longrepr: str) -> tuple[TracePlace, ...]:
    """Return the entries of a traceback, outermost first."""
    lines = longrepr.splitlines()
    found: list[TracePlace] = []
    name, statement = "?", None
    for at, line in enumerate(lines):
        if match := _DEFINITION.match(line):
            name = match["name"]
        elif line.startswith(">"):
            statement = line[1:].strip()
        elif match := _PLACE.match(line) or _NATIVE.match(line):
            found.append(_entry(match, lines, at, (name, statement)))
            name, statement = "?", None
    return tuple(found)


def _entry(
    match: re.Match[str], lines: Sequence[str], at: int, before: tuple[str, str | None]
) -> TracePlace:
    name, statement = before
    groups = match.groupdict()
    rest = groups.get("rest") or ""
    told = rest[3:] if rest.startswith("in ") else groups.get("name")
    if told is not None:
        # The short style and Python's own print the line behind the place.
        following = lines[at + 1] if at + 1 < len(lines) else ""
        is_source = following.startswith("    ") and not following.startswith("    File ")
        name, statement = told, following.strip() if is_source else None
    return TracePlace(
        path=match["path"].replace("\\", "/"),
        line=int(match["line"]),
        name=name,
        statement=statement or None,
    )


def last_words(longrepr: str) -> str | None:
    """Return the last line that pytest marks as the error's own: of a syntax error what it is."""
    said = [match["words"] for line in longrepr.splitlines() if (match := _OWN_WORDS.match(line))]
    return said[-1].strip() if said else None


def first_words(longrepr: str) -> str | None:
    """Return the first line of the last block that pytest marks as an error's own."""
    first, is_in_block = None, False
    for line in longrepr.splitlines():
        match = _OWN_WORDS.match(line)
        if match and not is_in_block:
            first = match["words"].strip()
        is_in_block = line == "E" or line.startswith("E ")
    return first
