"""How things are printed for people: columns, times, and texts that nobody can vouch for."""

from __future__ import annotations

import time
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

from pytest_recall.commandline import counted
from pytest_recall_server.model.results import Place, Result
from pytest_recall_server.model.streaks import Streak
from pytest_recall_server.model.wording import age, counts_words

Painter = Callable[[str], str]


def printable(text: str) -> str:
    """Return *text* with what would move the cursor or change colours as escapes."""
    if text.isprintable():
        return text
    return "".join(each if _is_shown(each) else _escaped(each) for each in text)


def _is_shown(character: str) -> bool:
    # A lone surrogate is escaped where the encoding has none.
    return character.isprintable() or "\ud800" <= character <= "\udfff"


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def width(text: str) -> int:
    """Return how many columns of a terminal *text* takes."""
    return sum(
        2 if unicodedata.east_asian_width(each) in {"W", "F"} else not unicodedata.combining(each)
        for each in text
    )


def table(
    rows: Sequence[Sequence[str]], painters: Sequence[Painter | None], heads: Sequence[str] = ()
) -> Iterator[str]:
    """Yield *rows* as lines with aligned columns, the last one ragged; *heads* come first."""
    shown = [[printable(cell) for cell in row] for row in rows]
    widths = [
        max(map(width, column)) for column in zip(*([heads] if heads else []), *shown, strict=True)
    ]
    if heads and rows:
        yield _line(heads, widths, [None] * len(heads))
    for row in shown:
        yield _line(row, widths, painters)


def _line(cells: Sequence[str], widths: Sequence[int], painters: Sequence[Painter | None]) -> str:
    filled = [
        (painter(cell) if painter is not None else cell) + " " * (wide - width(cell))
        for cell, wide, painter in zip(cells, widths, painters, strict=True)
    ]
    return "  ".join(filled).rstrip()


def ago(when: float | None) -> str:
    """Return how long ago *when* was (seconds since the epoch), empty where that is unknown."""
    return "" if when is None else f"{age(max(time.time() - when, 0.0))} ago"


def outcomes(counts: Mapping[str, int]) -> str:
    """Return how many tests had which outcome, the worst first."""
    return counts_words(counts) or "no tests"


def place_words(place: Place | None) -> str:
    """Return ``path:line``, 1-based."""
    return "" if place is None else f"{place.path}:{place.line + 1}"


def streak_words(streak: Streak | None) -> str:
    """Return for how many runs a test has failed, and since when."""
    if streak is None:
        return ""
    since = "" if streak.since is None else f", since {age(max(time.time() - streak.since, 0.0))}"
    return f"{counted(streak.runs, 'run')}{since}"


def place_value(place: Place | None) -> object:
    """Return a place for JSON; its line is 1-based."""
    return None if place is None else {"path": place.path, "line": place.line + 1}


def result_value(result: Result | None) -> dict[str, object]:
    """Return the reason that *result* gives, for JSON."""
    if result is None:
        return dict.fromkeys(("outcome", "time", "duration", "phase", "message", "place"))
    return {
        "outcome": result.outcome,
        "time": result.when,
        "duration": result.duration,
        "phase": result.phase,
        "message": result.message,
        "place": place_value(result.place),
    }
