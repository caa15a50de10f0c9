"""What a root tells its clients, and what they ask of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from pytest_recall_server.model.outline import Span
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.summary import FileSummary
from pytest_recall_server.model.tree import NodeKind

SelectionKind = Literal[
    "all",
    "ids",
    "lastFailed",
    "outstanding",
    "failedFirst",
    "newFirst",
    "stepwise",
    "stepwiseSkip",
    "stepwiseReset",
    "changed",
]


@dataclass(frozen=True, kw_only=True, slots=True)
class Selection:
    """Which tests to run."""

    kind: SelectionKind
    ids: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    """With ``changed``: the files that were saved, relative to the root."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One row of the tree below a file."""

    id: str
    parent: str
    """Id of the row above, which may be the file."""
    index: int
    """Place among the rows of the same parent."""
    label: str
    kind: NodeKind
    span: Span | None
    new: bool
    failed: bool
    unfinished: bool
    stale: bool = False
    """Its source has changed since its result."""
    slow: bool = False
    """It took long when it ran last, or something in it did."""
    marks: tuple[str, ...] = ()
    """The names of a function's marks; of a class those of all that is in it."""
    more: bool = False
    """There are rows below it that are told when they are asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsChange:
    """Rows of one file that changed; every row comes after the one above it."""

    path: str
    rows: tuple[Row, ...]
    removed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class TreeChange:
    """Files that changed, with the order of files and folders, and rows that were asked for."""

    reset: bool
    complete: bool
    files: tuple[tuple[FileSummary, str], ...] = ()
    """With their sort texts."""
    removed: tuple[str, ...] = ()
    folders: tuple[tuple[str, str], ...] = ()
    """(path, sort text)."""
    rows: tuple[RowsChange, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A result and where it is to be looked at now."""

    result: Result
    outdated: bool = False
    """The line is not what it was."""
    stale: bool = False
    """The source of the test has changed since, be it on other lines."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RecordsChange:
    """Failures that the client has not been told of by a run, and those that are over."""

    reset: bool
    records: tuple[Record, ...] = ()
    forgotten: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far a run is."""

    done: int
    total: int | None
    failed: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Counts:
    """The counts of a root."""

    failed: int
    unfinished: int
    new: int
    passed: int
    stale: int
    total: int
    running: Progress | None
    waiting: int = 0
    """How many runs wait for another to end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RunName:
    """How messages name a run."""

    run: str
    token: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunEvent:
    """One thing that happened in a run."""

    kind: Literal["started", "finished", "unfinished", "collectionError", "output"]
    id: str | None = None
    record: Record | None = None
    output: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RunReport:
    """How a run ended."""

    run: str | None = None
    exit_status: int | None = None
    cancelled: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    duration: float = 0.0
    problem: str | None = None
    notices: tuple[str, ...] = ()
    """What else people are to know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Collection:
    """What a run that only collects has found."""

    tests: int
    errors: int
    """How many files, or classes in them, could not be collected."""
    cancelled: bool
    problem: str | None
    """Why nothing could be collected: a sentence for people."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProjectStatus:
    """One root in numbers."""

    counts: Counts
    files: int
    parsed: int
    """Files that were parsed, and not remembered."""
    timings: dict[str, float]
    """Seconds by the steps of the start."""
    runs: tuple[str, ...]
