"""To whom a project tells what changed."""

from __future__ import annotations

from typing import Protocol

from pytest_recall_server.model.changes import (
    Counts,
    RecordsChange,
    RunEvent,
    RunName,
    RunReport,
    TreeChange,
)
from pytest_recall_server.model.markers import Marks


class Listener(Protocol):
    """Is told of changes, on the event loop; *root* is the rootdir's absolute path."""

    def root_changed(self, root: str) -> None:
        """Configuration was read."""

    def tree_changed(self, root: str, change: TreeChange) -> None:
        """Tests changed."""

    def records_changed(self, root: str, change: RecordsChange) -> None:
        """Remembered failures changed."""

    def counts_changed(self, root: str, counts: Counts) -> None:
        """The counts changed."""

    def marks_changed(self, uri: str, version: int, marks: Marks) -> None:
        """The marks of an open document changed."""

    def run_started(self, root: str, name: RunName, command: str) -> None:
        """A run began."""

    def run_went_on(
        self, root: str, name: RunName, selected: int | None, events: tuple[RunEvent, ...]
    ) -> None:
        """Something happened in a run."""

    def run_ended(self, root: str, name: RunName, report: RunReport) -> None:
        """A run is over."""

    def cache_changed(self, root: str) -> None:
        """Keys of the cache appeared, changed or went."""
