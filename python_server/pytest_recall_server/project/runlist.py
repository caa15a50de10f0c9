"""The runs that journals tell of: a line of each by its ends, and all of one.  Blocking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_recall import journal, takeup
from pytest_recall_server.model.collection import explained
from pytest_recall_server.model.imported import ImportedFrom, imported_from
from pytest_recall_server.model.results import (
    FAILING,
    Event,
    Result,
    collection_error_of,
    is_provisional,
    number,
    result_of,
    text,
)
from pytest_recall_server.project import storage

State = Literal["running", "ended", "interrupted", "newer", "unreadable"]
"""``interrupted``: it did not reach its end; ``newer``: written in a format of a newer version."""

_TAIL = 1 << 16


@dataclass(frozen=True, kw_only=True, slots=True)
class Run:
    """One run, as the first and the last line of its journal tell it."""

    id: str
    path: str
    """Of the journal."""
    state: State
    began: float | None = None
    """Seconds since the epoch."""
    duration: float | None = None
    status: int | None = None
    """pytest's exit status."""
    counts: Mapping[str, int]
    """Outcome → number of tests."""
    selection: tuple[str, ...] = ()
    """The modes in force: ``lf``, ``nf`` and so on."""
    args: tuple[str, ...] = ()
    rootdir: str | None = None
    versions: Mapping[str, str]
    imported: ImportedFrom | None = None
    """Where an imported run comes from; None: it was made here."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunTold:
    """All that one run tells of tests."""

    run: Run
    tests: tuple[Result, ...]
    """The last result of each, in the order of ending."""
    broken: tuple[Result, ...]
    """What could not be collected."""
    unfinished: tuple[str, ...]
    """What was selected and did not end."""
    notices: tuple[str, ...]


def runs(cache_dir: str) -> list[Run]:
    """Return all runs, the newest first."""
    return [run_of(path) for path in reversed(storage.journals(cache_dir))]


def newer_journals(cache_dir: str) -> list[str]:
    """Return the paths of journals in a format of a newer version."""
    return [path for path in storage.journals(cache_dir) if _is_newer(_ends(path)[0])]


def run_of(path: str) -> Run:
    """Return the run of one journal."""
    begin, end = _ends(path)
    if begin is None or begin.get("event") != "run":
        return Run(
            id=storage.run_id_of(path), path=path, state="unreadable", counts={}, versions={}
        )
    is_over = end is not None and end.get("event") == "end"
    last = end if is_over and end is not None else {}
    return Run(
        id=storage.run_id_of(path),
        path=path,
        state=_state(path, begin, last),
        began=number(begin.get("time")),
        duration=number(last.get("duration")),
        status=_whole(last.get("status")),
        counts={
            name: count
            for name, value in _mapping(last.get("counts")).items()
            if (count := _whole(value))
        },
        selection=_texts(begin.get("selection")),
        args=_texts(begin.get("args")),
        rootdir=text(begin.get("rootdir")),
        versions={
            name: version
            for name, value in _mapping(begin.get("versions")).items()
            if (version := text(value))
        },
        imported=imported_from(begin),
    )


def told(run: Run) -> RunTold:
    """Read the whole journal of *run*; of one in a newer format what is known of it."""
    results: dict[str, Result] = {}
    broken: dict[str, Result] = {}
    notices: list[str] = []
    events = journal.read(Path(run.path))
    for event in events:
        match event.get("event"):
            case "file":
                if (error := collection_error_of(event, run.began)) is not None:
                    broken[error.id] = explained(error)
            case "test":
                result = result_of(event, run.began)
                if result is not None and not (is_provisional(event) and result.id in results):
                    # The last word counts, and comes last.
                    results.pop(result.id, None)
                    results[result.id] = result
            case "notice":
                notices += filter(None, [text(event.get("message"))])
            case _:
                pass
    undone = takeup.delta_of(events).undone
    return RunTold(
        run=run,
        tests=tuple(results.values()),
        broken=tuple(broken.values()),
        unfinished=tuple(each for each in undone if each not in results),
        notices=tuple(notices),
    )


def failures(told: RunTold) -> tuple[Result, ...]:
    """Return what failed in a run, what could not be collected first."""
    return (*told.broken, *(each for each in told.tests if each.outcome in FAILING))


def _ends(path: str) -> tuple[Event | None, Event | None]:
    """Return the first event of a journal, and its last one if it can be read."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        first = file.readline()
        size = file.seek(0, os.SEEK_END)
        file.seek(max(0, size - _TAIL))
        # What a torn last line says is not complete.
        lines = file.read().rpartition(b"\n")[0].split(b"\n")
        begin = journal.decode(first) if first.endswith(b"\n") else None
        return begin, journal.decode(lines[-1])
    return None, None


def _state(path: str, begin: Event, last: Event) -> State:
    if _is_newer(begin):
        return "newer"
    if not last:
        return "running" if storage.is_alive(path) else "interrupted"
    return "interrupted" if last.get("interrupted") else "ended"


def _is_newer(begin: Event | None) -> bool:
    version = begin.get("format") if begin is not None else None
    return isinstance(version, int) and version > journal.FORMAT


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


def _texts(value: object) -> tuple[str, ...]:
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()
