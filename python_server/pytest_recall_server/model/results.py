"""What a run said about a test, read from the events of its journal (``docs/journal.md``)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal, get_args

Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed", "unfinished"]
Phase = Literal["setup", "call", "teardown"]
Event = Mapping[str, object]

FAILING: frozenset[str] = frozenset({"failed", "error"})
# A run cannot say that it was killed: its end tells what it left unfinished.
_OUTCOMES: dict[str, Outcome] = {name: name for name in get_args(Outcome) if name != "unfinished"}
KILLED = "did not finish: the run was killed while this test was running"
_PHASES: dict[str, Phase] = {name: name for name in get_args(Phase)}


@dataclass(frozen=True, kw_only=True, slots=True)
class Place:
    """A line of a file."""

    path: str
    """Relative to the rootdir where the file lies below it, else absolute."""
    line: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Frame:
    """One entry of a traceback."""

    name: str
    place: Place
    statement: str | None = None
    """The text of the line, stripped; None where it is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherFailure:
    """What else went wrong in a test beside what its result tells of: a subtest, or a phase."""

    subtest: str | None = None
    """What a failed subtest is called, which may be nothing; None: a whole phase failed."""
    phase: Phase | None = None
    message: str | None = None
    place: Place | None = None
    longrepr: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Result:
    """The result of one test in one run."""

    id: str
    outcome: Outcome
    when: float | None = None
    duration: float | None = None
    phase: Phase | None = None
    message: str | None = None
    place: Place | None = None
    statement: str | None = None
    """The text of the line at the place, stripped."""
    frames: tuple[Frame, ...] = ()
    expected: str | None = None
    actual: str | None = None
    longrepr: str | None = None
    others: tuple[OtherFailure, ...] = ()
    stdout: str | None = None
    """What was captured; of a test that did not fail only where that was asked for."""
    stderr: str | None = None
    log: str | None = None

    @property
    def failing(self) -> bool:
        """Tell whether pytest would remember the test as failed."""
        return self.outcome in FAILING

    def without_output(self) -> Result:
        """Return what there is to remember of a test that did not fail."""
        return replace(self, stdout=None, stderr=None, log=None)


def result_of(event: Event, when: float | None) -> Result | None:
    """Return the result in a ``test`` event, or None where the event is not understood."""
    node_id = text(event.get("id"))
    outcome = _OUTCOMES.get(text(event.get("outcome")) or "")
    if node_id is None or outcome is None:
        return None
    if outcome not in FAILING:
        # Only failures are explained; the others have a reason, and what they printed.
        return Result(
            id=node_id,
            outcome=outcome,
            when=number(event.get("time")) or when,
            duration=_whole_duration(event.get("duration")),
            message=text(event.get("message")),
            stdout=text(event.get("stdout")),
            stderr=text(event.get("stderr")),
            log=text(event.get("log")),
        )
    return _failure(event, node_id, outcome, when)


def unfinished(node_id: str, when: float | None) -> Result:
    """Return the result of a test that was running when its run was killed at about *when*."""
    return Result(id=node_id, outcome="unfinished", when=when, message=KILLED)


def is_provisional(event: Event) -> bool:
    """Tell whether a ``test`` event was written as soon as a phase failed.

    All that there is to say follows when the test is over, unless the run is killed before.
    """
    return "duration" not in event


def collection_error_of(event: Event, when: float | None) -> Result | None:
    """Return the collection error in a ``file`` event as the result of the node that failed."""
    error = event.get("error")
    if not isinstance(error, Mapping):
        return None
    node_id = text(error.get("id")) or text(event.get("path"))
    return None if node_id is None else _failure(error, node_id, "error", when)


def _failure(event: Event, node_id: str, outcome: Outcome, when: float | None) -> Result:
    return Result(
        id=node_id,
        outcome=outcome,
        when=number(event.get("time")) or when,
        duration=_whole_duration(event.get("duration")),
        phase=_PHASES.get(text(event.get("phase")) or ""),
        message=text(event.get("message")),
        place=_place(event.get("place")),
        statement=text(event.get("statement")),
        frames=_frames(event.get("frames")),
        expected=text(event.get("expected")),
        actual=text(event.get("actual")),
        longrepr=text(event.get("longrepr")),
        others=_others(event),
        stdout=text(event.get("stdout")),
        stderr=text(event.get("stderr")),
        log=text(event.get("log")),
    )


def _others(event: Event) -> tuple[OtherFailure, ...]:
    """Return the failures that *event* tells of beside the one that decides."""
    subtests = [
        OtherFailure(
            subtest=text(each.get("description")) or "",
            message=text(each.get("message")),
            place=_place(each.get("place")),
        )
        for each in _mappings(event.get("subtests"))
    ]
    errors = [
        OtherFailure(
            phase=_PHASES.get(text(each.get("phase")) or ""),
            message=text(each.get("message")),
            place=_place(each.get("place")),
            longrepr=text(each.get("longrepr")),
        )
        for each in _mappings(event.get("errors"))
    ]
    told = (text(event.get("message")), _place(event.get("place")))
    decisive = next((each for each in subtests if (each.message, each.place) == told), None)
    return tuple(each for each in (*subtests, *errors) if each is not decisive)


def _mappings(value: object) -> list[Mapping[str, object]]:
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return *value* if it is a text that says something."""
    return value if isinstance(value, str) and value else None


def number(value: object) -> float | None:
    """Return *value* if it is a number."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def texts(value: object) -> tuple[str, ...]:
    """Return the texts of *value* if it is a list."""
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def mapping(value: object) -> Mapping[str, object]:
    """Return *value* if it is an object, else an empty one."""
    return value if isinstance(value, dict) else {}


def _whole_duration(value: object) -> float | None:
    if not isinstance(value, Mapping):
        return None
    phases = [number(phase) for phase in value.values()]
    return sum(phase for phase in phases if phase is not None)


def _place(value: object) -> Place | None:
    if not isinstance(value, Mapping):
        return None
    path, line = text(value.get("path")), number(value.get("line"))
    if path is None or line is None:
        return None
    return Place(path=path, line=max(int(line) - 1, 0))


def _frames(value: object) -> tuple[Frame, ...]:
    if not isinstance(value, list):
        return ()
    frames = []
    for entry in value:
        place = _place(entry)
        if place is not None and isinstance(entry, Mapping):
            name, statement = text(entry.get("name")) or "?", text(entry.get("statement"))
            frames.append(Frame(name=name, place=place, statement=statement))
    return tuple(frames)
