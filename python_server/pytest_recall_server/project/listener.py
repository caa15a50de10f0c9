"""To whom a project tells what changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pytest_recall_server.model.changes import (
    Counts,
    RecordsChange,
    RunEvent,
    RunName,
    RunReport,
    TreeChange,
)
from pytest_recall_server.model.coverage import CoveredFile
from pytest_recall_server.model.markers import Marks
from pytest_recall_server.runs.debuggee import Launch


class Listener(Protocol):
    """Is told of changes, on the event loop; *root* is the rootdir's absolute path."""

    def root_changed(self, root: str) -> None:
        """Take that configuration was read."""

    def tree_changed(self, root: str, change: TreeChange) -> None:
        """Take a change of the tests."""

    def records_changed(self, root: str, change: RecordsChange) -> None:
        """Take a change of the remembered failures."""

    def counts_changed(self, root: str, counts: Counts) -> None:
        """Take new counts."""

    def marks_changed(self, uri: str, version: int, marks: Marks) -> None:
        """Take the new marks of an open document."""

    def run_started(
        self, root: str, name: RunName, command: str, terminal: str | None, launch: Launch | None
    ) -> None:
        """Take that a run began; *terminal* is what a person would type.

        Or, with *launch*, that it is for the client to begin it.
        """

    def run_went_on(
        self, root: str, name: RunName, selected: int | None, events: tuple[RunEvent, ...]
    ) -> None:
        """Take what happened in a run."""

    def run_ended(self, root: str, name: RunName, report: RunReport) -> None:
        """Take that a run is over."""

    def covered(self, root: str, token: str, files: Sequence[CoveredFile]) -> None:
        """Take what a run with coverage has covered."""

    def cache_changed(self, root: str) -> None:
        """Take that keys of the cache appeared, changed or went."""
