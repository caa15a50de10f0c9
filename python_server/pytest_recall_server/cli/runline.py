"""A run as one line, and as JSON."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from typing import Literal

from pytest_recall.commandline import Paint
from pytest_recall_server.cli.showing import Painter, ago, outcomes
from pytest_recall_server.model.pastruns import PastRun
from pytest_recall_server.model.wording import span_of_time

State = Literal["running", "ended", "interrupted", "newer", "unreadable"]
"""``interrupted``: it did not reach its end; ``newer``: written in a format of a newer version."""

HEADS = ("began", "ended", "tests", "took", "command line", "run")
_ENDS: Mapping[int, str] = {
    0: "passed",
    1: "failed",
    2: "interrupted",
    3: "internal error",
    4: "usage error",
    5: "no tests",
}
"""By pytest's exit statuses."""


def state(run: PastRun) -> State:
    """Return what became of a run, as JSON has it."""
    if run.format != "known":
        return run.format
    if run.state == "running":
        return "running"
    return "ended" if run.reached_end else "interrupted"


def how_ended(run: PastRun) -> str:
    """Return in a word or two how a run ended."""
    match state(run):
        case "ended" if run.status is not None:
            return _ENDS.get(run.status, f"status {run.status}")
        case "ended" | "interrupted":
            return "interrupted"
        case "running":
            return "running"
        case "newer":
            return "newer version"
        case "unreadable":
            return "unreadable"


def origin(run: PastRun) -> str:
    """Return what pytest was called with, or where an imported run comes from."""
    if run.imported is not None:
        return f"imported from {run.imported.name}"
    return shlex.join(("pytest", *run.args))


def row(run: PastRun) -> tuple[str, ...]:
    """Return the cells below ``HEADS``."""
    return (
        ago(run.when),
        how_ended(run),
        outcomes(run.counts) if run.counts else "",
        "" if run.duration is None else span_of_time(run.duration),
        origin(run) if run.format != "unreadable" else "",
        run.id,
    )


def painters(paint: Paint) -> tuple[Painter | None, ...]:
    """Return what colours the cells of a row."""

    def ended(cell: str) -> str:
        return paint.good(cell) if cell == "passed" else paint.bad(cell)

    return (None, ended, None, None, None, paint.dim)


def value(run: PastRun) -> dict[str, object]:
    """Return a run for JSON; times are seconds since the epoch, durations seconds."""
    return {
        "id": run.id,
        "state": state(run),
        "time": run.when,
        "duration": run.duration,
        "status": run.status,
        "counts": dict(run.counts),
        "selection": list(run.selection),
        "args": list(run.args),
        "imported": None if run.imported is None else run.imported.member(),
        "journal": run.path,
    }
