"""Where stepwise stands on its way through the tests."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_recall_server.model.changes import Record
from pytest_recall_server.model.preview import Preview


@dataclass(frozen=True, kw_only=True, slots=True)
class Walk:
    """How far one run of stepwise has come."""

    tests: tuple[str, ...]
    """Those that ended in it, in the order in which they did."""
    passed: int
    """How many of them passed."""
    passed_over: int | None
    """How many it has left out, since they had passed or were left behind; None: not known."""
    selected: int | None
    """How many it would have run without a failure."""
    stopped: bool
    """It did not come to the end."""
    broken: tuple[str, ...]
    """Ids of what could not be collected."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Stand:
    """Where stepwise stands."""

    test: str | None = None
    """The test that it goes on from; None: it begins at the first."""
    position: int | None = None
    """Place of the test in the walk, from 1; None: it is not among its tests."""
    total: int | None = None
    """Number of tests of the walk, with those passed over; None: not known."""
    passed: int | None = None
    """How many had passed or were left behind when the last run ended; None: not known."""
    through: bool = False
    """The last run of stepwise came to the end of the walk."""
    record: Record | None = None
    """Why the test failed."""
    error: Record | None = None
    """A file that the last run could not collect."""


def stand_by_walk(test: str | None, walk: Walk | None) -> Stand | None:
    """Return where *test* stands by what the last run has told; None: that does not say."""
    if walk is None or walk.passed_over is None or walk.selected is None:
        return None
    if walk.stopped if test is None else test not in walk.tests:
        # Another run, which has told nothing, has moved on since.
        return None
    return Stand(
        test=test,
        position=None if test is None else walk.passed_over + walk.tests.index(test) + 1,
        total=walk.passed_over + walk.selected,
        passed=walk.passed_over + walk.passed,
    )


def stand_by_preview(test: str, found: Preview) -> Stand:
    """Return where *test* stands in what a run would do: what it leaves out comes before it."""
    place = next((index for index, each in enumerate(found.tests) if each.id == test), None)
    return Stand(
        test=test,
        position=None if place is None else found.deselected + place + 1,
        total=found.deselected + len(found.tests),
    )
