"""What a root tells its clients, and what they ask of it."""

from __future__ import annotations

from typing import Literal

import attrs

from pytest_recall_server.model.results import Result
from pytest_recall_server.model.tree import FileView

SelectionKind = Literal[
    "all", "ids", "lastFailed", "outstanding", "failedFirst", "newFirst", "stepwise"
]


@attrs.frozen(kw_only=True)
class Selection:
    """Which tests to run."""

    kind: SelectionKind
    ids: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class TreeChange:
    """Files that changed, with the order of files and folders."""

    reset: bool
    complete: bool
    files: tuple[tuple[FileView, str], ...] = ()
    """With their sort texts."""
    removed: tuple[str, ...] = ()
    folders: tuple[tuple[str, str], ...] = ()
    """(path, sort text)."""


@attrs.frozen(kw_only=True)
class Record:
    """A result and where it is to be looked at now."""

    result: Result
    outdated: bool = False


@attrs.frozen(kw_only=True)
class RecordsChange:
    """Failures that the client has not been told of by a run, and those that are over."""

    reset: bool
    records: tuple[Record, ...] = ()
    forgotten: tuple[str, ...] = ()


@attrs.frozen(kw_only=True)
class Progress:
    """How far a run is."""

    done: int
    total: int | None
    failed: int


@attrs.frozen(kw_only=True)
class Counts:
    """The counts of a root."""

    failed: int
    unfinished: int
    new: int
    passed: int
    total: int
    running: Progress | None


@attrs.frozen(kw_only=True)
class RunName:
    """How messages name a run."""

    run: str
    token: str | None


@attrs.frozen(kw_only=True)
class RunEvent:
    """One thing that happened in a run."""

    kind: Literal["started", "finished", "unfinished", "collectionError", "output"]
    id: str | None = None
    record: Record | None = None
    output: str | None = None


@attrs.frozen(kw_only=True)
class RunReport:
    """How a run ended."""

    run: str | None = None
    exit_status: int | None = None
    cancelled: bool = False
    counts: dict[str, int] = attrs.field(factory=dict)
    duration: float = 0.0
    problem: str | None = None
