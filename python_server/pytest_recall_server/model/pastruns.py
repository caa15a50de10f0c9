"""Runs that are remembered: what the ends of their journals say, and what became of tests."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_recall import journal
from pytest_recall_server.model.collection import explained
from pytest_recall_server.model.imported import ImportedFrom, imported_from
from pytest_recall_server.model.plan import Plan
from pytest_recall_server.model.results import (
    Event,
    Result,
    collection_error_of,
    is_provisional,
    mapping,
    number,
    result_of,
    text,
    texts,
    unfinished,
)

Origin = Literal["editor", "terminal", "imported"]
State = Literal["running", "passed", "failed", "interrupted", "empty"]
"""``empty``: no test ran; ``interrupted``: also a run that was killed."""
Format = Literal["known", "newer", "unreadable"]
"""``newer``: of a newer version, and only what is known of it is told."""

_INTERRUPTED, _NO_TESTS = 2, 5
_NOT_TYPED = frozenset({"--color=yes"})
_MODES = ("lf", "ff", "nf", "sw", "collect-only", "setup-only")


@dataclass(frozen=True, kw_only=True, slots=True)
class PastRun:
    """One run, as the first and the last line of its journal tell it."""

    id: str
    """The name of its journal."""
    path: str = ""
    """Of its journal."""
    format: Format = "known"
    when: float | None = None
    """When it began, in seconds since the epoch."""
    state: State = "running"
    reached_end: bool = False
    """Neither a kill nor a keyboard interrupt has ended it."""
    status: int | None = None
    """pytest's exit status."""
    counts: Mapping[str, int] = field(default_factory=dict)
    """Outcome → number of tests."""
    duration: float | None = None
    """Seconds."""
    selection: tuple[str, ...] = ()
    """What its journal says of the selections in force."""
    args: tuple[str, ...] = ()
    """What pytest was called with."""
    cwd: str | None = None
    """Where."""
    rootdir: str | None = None
    is_live: bool = False
    """An editor has started it."""
    versions: Mapping[str, str] = field(default_factory=dict)
    imported: ImportedFrom | None = None
    """None: it was made here."""

    @property
    def origin(self) -> Origin:
        """Who has started it."""
        if self.imported is not None:
            return "imported"
        return "editor" if self.is_live else "terminal"

    @property
    def source(self) -> str | None:
        """Where an imported run comes from, for people."""
        return None if self.imported is None else self.imported.name

    @property
    def typed(self) -> tuple[str, ...]:
        """The arguments that people gave to pytest."""
        return tuple(each for each in self.args if each not in _NOT_TYPED)

    @property
    def modes(self) -> tuple[str, ...]:
        """The selections in force; none: all tests.

        Of ``lf``, ``outstanding``, ``ff``, ``nf``, ``sw``, ``select`` (tests were named),
        ``collect-only``, ``setup-only``.
        """
        modes = [mode for mode in _MODES if mode in self.selection]
        if "--recall-outstanding" in self.args:
            modes = ["outstanding", *(mode for mode in modes if mode != "lf")]
        # A rerun of what is remembered is told to look only where that lies.
        named = "select" in self.selection and not {"lf", "outstanding"}.intersection(modes)
        return (*modes, "select") if named else tuple(modes)

    @property
    def command(self) -> str | None:
        """What a person types to run the same; None where that is not known."""
        if self.imported is not None or "select" in self.modes:
            return None
        line = shlex.join(["python", "-m", "pytest", *self.typed])
        return line if self.cwd is None else f"cd {shlex.quote(self.cwd)} && {line}"


def past_run(
    run_id: str, first: Event | None, last: Event | None, *, lives: bool, path: str = ""
) -> PastRun:
    """Return the run whose journal begins with *first* and ends with *last*, if it has an end.

    *lives*: its writer is still there.
    """
    if first is None or first.get("event") != "run":
        return PastRun(id=run_id, path=path, format="unreadable", state="interrupted")
    end = last or {}
    return PastRun(
        id=run_id,
        path=path,
        format="newer" if is_newer(first) else "known",
        when=number(first.get("time")),
        state=_state(last, lives=lives),
        reached_end=last is not None and not last.get("interrupted"),
        status=_whole(end.get("status")),
        counts=_counts(end.get("counts")),
        duration=number(end.get("duration")),
        selection=texts(first.get("selection")),
        args=texts(first.get("args")),
        cwd=text(first.get("cwd")),
        rootdir=text(first.get("rootdir")),
        is_live=first.get("live") is True,
        versions=_versions(first.get("versions")),
        imported=imported_from(first),
    )


def is_newer(first: Event) -> bool:
    """Tell whether a journal that begins with *first* is in a format of a newer version."""
    version = first.get("format")
    return isinstance(version, int) and version > journal.FORMAT


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
    counts = {name: _whole(count) for name, count in mapping(value).items()}
    return {outcome: count for outcome, count in counts.items() if count and count > 0}


def _versions(value: object) -> Mapping[str, str]:
    versions = {name: text(version) for name, version in mapping(value).items()}
    return {name: version for name, version in versions.items() if version}


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTold:
    """All that one run tells of tests."""

    tests: tuple[Result, ...]
    """The last result of each, in the order of ending."""
    broken: tuple[Result, ...]
    """What could not be collected, as errors."""
    unfinished: tuple[Result, ...]
    """What was to run and has not ended: if the run is over, it was killed there or before."""
    notices: tuple[str, ...]

    @property
    def failures(self) -> tuple[Result, ...]:
        """What failed, what could not be collected first."""
        return (*self.broken, *(each for each in self.tests if each.failing))


def results_of(run: PastRun, told: RunTold) -> tuple[Result, ...]:
    """Return the results of *run*; what one under way has not come to yet has none."""
    left = () if run.state == "running" else told.unfinished
    return (*told.broken, *told.tests, *left)


def told_by(events: Iterable[Event]) -> RunTold:
    """Return what the *events* of a journal tell."""
    results: dict[str, Result] = {}
    broken: dict[str, Result] = {}
    notices: list[str] = []
    plan = Plan()
    began: float | None = None
    for event in events:
        match event.get("event"):
            case "run":
                began = number(event.get("time"))
                plan.begin(event)
            case "file" if (error := collection_error_of(event, began)) is not None:
                broken[error.id] = explained(error)
            case "file":
                plan.collect(journal.tests_of(event))
            case "selected":
                plan.select(event)
            case "start":
                plan.start(text(event.get("id")) or "")
            case "test" if (result := result_of(event, began)) is not None:
                _take(event, result, results)
            case "notice":
                notices += filter(None, [text(event.get("message"))])
            case _:
                pass
    tests = tuple(results.values())
    last = next((each.when for each in reversed(tests) if each.when), None)
    left = () if plan.only_collects else plan.left({*results, *broken})
    return RunTold(
        tests=tests,
        broken=tuple(broken.values()),
        unfinished=tuple(_unfinished(node_id, last, plan) for node_id in left),
        notices=tuple(notices),
    )


def _take(event: Event, result: Result, results: dict[str, Result]) -> None:
    before = results.pop(result.id, None)
    # A failure that is told in short, as its run was killed then, explains less than one before.
    is_less = before is not None and before.failing and result.failing and is_provisional(event)
    results[result.id] = before if before is not None and is_less else result


def _unfinished(node_id: str, when: float | None, plan: Plan) -> Result:
    if plan.has_begun(node_id):
        return unfinished(node_id, when)
    return Result(id=node_id, outcome="unfinished", message="the run did not come to this test")
