"""What becomes of a failed or unfinished test: the decision table of `selection.py` as code."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from enum import Enum


class State(Enum):
    """What is remembered of a test's last turn; a test never seen is clear."""

    CLEAR = "clear"
    FAILED = "failed"
    UNFINISHED = "unfinished"


class Happening(Enum):
    """What a run did with a test."""

    NOT_COLLECTED = "not collected"
    DESELECTED = "deselected"
    NOT_REACHED = "not reached"
    STARTED_ONLY = "started only"
    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error in set-up or tear-down"
    SKIPPED = "skipped"
    XFAILED = "xfailed"
    XPASSED = "xpassed"
    UNCOLLECTABLE = "file failed to collect"
    FILE_GONE = "file gone"
    TEST_GONE = "test gone"
    PARAMETER_GONE = "parameter gone"
    PARAMETER_REPLACED = "parameter replaced"


_KEEPS = {
    Happening.NOT_COLLECTED,
    Happening.DESELECTED,
    Happening.UNCOLLECTABLE,
    Happening.FILE_GONE,
    Happening.PARAMETER_GONE,
}
_FAILS = {Happening.FAILED, Happening.ERROR}
_LEAVES_UNDONE = {Happening.NOT_REACHED, Happening.STARTED_ONLY}


def next_state(state: State, happening: Happening, cures: Collection[str] = frozenset()) -> State:
    """Return the state after a run that did *happening* with a test in *state*.

    *cures* are names out of `settings.CURES`: `stale` forgets what lies in files that are gone,
    `skipped` keeps a failure whose test was skipped.
    """
    if happening in _FAILS:
        return State.FAILED
    if happening in _LEAVES_UNDONE:
        return State.FAILED if state is State.FAILED else State.UNFINISHED
    if happening is Happening.FILE_GONE and "stale" in cures:
        return State.CLEAR
    if happening in _KEEPS:
        return state
    if happening is Happening.SKIPPED and state is State.FAILED and "skipped" in cures:
        return state
    return State.CLEAR


class Outstanding:
    """The tests that are failed or unfinished, in the order of failing and of scheduling."""

    def __init__(self, failed: Iterable[str], unfinished: Iterable[str]) -> None:
        self.failed = tuple(failed)
        self.unfinished = tuple(unfinished)


def after_run(
    before: Outstanding,
    happened: Callable[[str], Happening],
    fresh: Iterable[str],
    *,
    again: Collection[str] = (),
    cures: Collection[str] = frozenset(),
) -> Outstanding:
    """Return what is outstanding after a run.

    *happened* says what the run did with a test; *fresh* are the tests it may have made
    outstanding, in order. Tests in *again* had passed before they failed, and so failed last.
    """
    states = dict.fromkeys(before.unfinished, State.UNFINISHED)
    states.update(dict.fromkeys(before.failed, State.FAILED))
    failed: dict[str, None] = {}
    unfinished: dict[str, None] = {}

    def place(nodeid: str) -> None:
        state = next_state(states.get(nodeid, State.CLEAR), happened(nodeid), cures)
        if state is State.FAILED:
            failed[nodeid] = None
        elif state is State.UNFINISHED:
            unfinished[nodeid] = None

    for nodeid in before.failed:
        if nodeid not in again:
            place(nodeid)
    for nodeid in before.unfinished:
        # What has failed now takes its place among the failures of this run.
        if happened(nodeid) is not Happening.FAILED:
            place(nodeid)
    for nodeid in fresh:
        place(nodeid)
    return Outstanding(failed, unfinished)
