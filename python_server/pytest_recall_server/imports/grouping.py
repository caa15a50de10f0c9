"""Bring together what sources say of one test: of several failures one decides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from pytest_recall_server.imports.bodies import Matched
from pytest_recall_server.imports.reported import Reported, first_line
from pytest_recall_server.imports.traces import first_words, last_words

_RANK = {"call": 0, "setup": 1, None: 2, "teardown": 3}


def grouped(matched: Iterable[Matched]) -> dict[str, list[Reported]]:
    """Return what is said of each test, in the order of first being named."""
    found: dict[str, list[Reported]] = {}
    for each in matched:
        found.setdefault(each.id, []).append(each.reported)
    return found


def decisive_first(said: Sequence[Reported]) -> list[Reported]:
    """Return the failures among *said*, the one that decides first; without one, the first word."""
    failures = sorted((each for each in said if each.failing), key=lambda one: _RANK[one.phase])
    return failures or list(said[:1])


def reason_of(reported: Reported) -> str | None:
    """Return the reason of a failure in one line, out of its traceback if need be."""
    if reported.message is not None or reported.longrepr is None:
        return reported.message
    words = last_words if reported.collects else first_words
    return first_line(words(reported.longrepr))
