"""Runs that are remembered, read from the first and the last event of their journals."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pytest_recall_server.model.collection import explained
from pytest_recall_server.model.imported import imported_from
from pytest_recall_server.model.plan import Plan
from pytest_recall_server.model.results import (
    Event,
    Result,
    collection_error_of,
    number,
    result_of,
    text,
    unfinished,
)

Origin = Literal["editor", "terminal", "imported"]
State = Literal["running", "passed", "failed", "interrupted", "empty"]
"""``empty``: no test ran; ``interrupted``: also a run that was killed."""

_INTERRUPTED, _NO_TESTS = 2, 5
_NOT_TYPED = frozenset({"--color=yes"})
_MODES = ("lf", "ff", "nf", "sw", "collect-only", "setup-only")


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRun:
    """One run, as its journal tells it."""

    id: str
    """The name of its journal."""
    when: float | None = None
    """When it began."""
    origin: Origin = "terminal"
    source: str | None = None
    """Where an imported run comes from."""
    modes: tuple[str, ...] = ()
    """The selections in force: of ``lf``, ``outstanding``, ``ff``, ``nf``, ``sw``, ``select``
    (tests were named), ``collect-only``, ``setup-only``; none: all tests."""
    args: tuple[str, ...] = ()
    """The arguments that people gave to pytest."""
    command: str | None = None
    """What a person types to run the same; None where that is not known."""
    state: State = "running"
    counts: Mapping[str, int] = field(default_factory=dict)
    """Outcome → number of tests."""
    duration: float | None = None
    """Seconds."""


def past_run(run_id: str, first: Event, last: Event | None, *, lives: bool) -> PastRun:
    """Return the run whose journal begins with *first* and ends with *last*, if it has an end.

    *lives*: its writer is still there.
    """
    args = tuple(each for each in _texts(first.get("args")) if each not in _NOT_TYPED)
    source = imported.name if (imported := imported_from(first)) else None
    modes = _modes(first, args)
    end = last or {}
    when, over = number(first.get("time")), number(end.get("duration"))
    return PastRun(
        id=run_id,
        when=when,
        origin="imported" if source else "editor" if first.get("live") is True else "terminal",
        source=source,
        modes=modes,
        args=args,
        command=None if source or "select" in modes else _command(first, args),
        state=_state(last, lives=lives),
        counts=_counts(end.get("counts")),
        duration=over,
    )


def _modes(first: Event, args: Sequence[str]) -> tuple[str, ...]:
    said = _texts(first.get("selection"))
    modes = [mode for mode in _MODES if mode in said]
    if "--recall-outstanding" in args:
        modes = ["outstanding", *(mode for mode in modes if mode != "lf")]
    # A rerun of what is remembered is told to look only where that lies.
    named = "select" in said and not {"lf", "outstanding"}.intersection(modes)
    return (*modes, "select") if named else tuple(modes)


def _command(first: Event, args: Sequence[str]) -> str | None:
    cwd = text(first.get("cwd"))
    line = shlex.join(["python", "-m", "pytest", *args])
    return line if cwd is None else f"cd {shlex.quote(cwd)} && {line}"


def _state(last: Event | None, *, lives: bool) -> State:
    if last is None:
        return "running" if lives else "interrupted"
    status = number(last.get("status"))
    if status is None or status == _INTERRUPTED:
        return "interrupted"
    if status == _NO_TESTS:
        return "empty"
    return "failed" if status else "passed"


def _counts(value: object) -> Mapping[str, int]:
    if not isinstance(value, dict):
        return {}
    return {
        str(outcome): count
        for outcome, count in value.items()
        if isinstance(count, int) and not isinstance(count, bool) and count > 0
    }


def results_of_run(events: Iterable[Event], *, lives: bool) -> tuple[Result, ...]:
    """Return the last result of each test of a run, in the order of running.

    Behind them stand the tests that it did not come to, unless it *lives*; of a file that could
    not be collected the result is an error.
    """
    results: dict[str, Result] = {}
    plan = Plan()
    last: float | None = None
    for event in events:
        match event.get("event"):
            case "run":
                plan.begin(event)
            case "file":
                _take_file(event, plan, results)
            case "selected":
                plan.select(event)
            case "start":
                plan.start(text(event.get("id")) or "")
            case "test" if (result := result_of(event, None)) is not None:
                results[result.id] = result
                last = result.when or last
            case _:
                pass
    if not lives and not plan.only_collects:
        for node_id in plan.left(results.keys()):
            results[node_id] = unfinished_in(node_id, last, plan)
    return tuple(results.values())


def _take_file(event: Event, plan: Plan, results: dict[str, Result]) -> None:
    if (error := collection_error_of(event, None)) is not None:
        results[error.id] = explained(error)
        return
    path, tests = text(event.get("path")), event.get("tests")
    if path is None or not isinstance(tests, list):
        return
    suffixes = (test[0] for test in tests if isinstance(test, list) and test)
    plan.collect(path + suffix for suffix in suffixes if isinstance(suffix, str))


def unfinished_in(node_id: str, when: float | None, plan: Plan) -> Result:
    """Return that a run did not finish a test: it was in it, or did not come to it."""
    if plan.has_begun(node_id):
        return unfinished(node_id, when)
    return Result(id=node_id, outcome="unfinished", message="the run did not come to this test")


def _texts(value: object) -> tuple[str, ...]:
    if not isinstance(value, list):
        return ()
    return tuple(each for each in value if isinstance(each, str))
