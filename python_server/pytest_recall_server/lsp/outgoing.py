"""Makes messages to the client of what projects say."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from pytest_recall_server.lsp import covering, present, protocol
from pytest_recall_server.lsp.uris import uri_of
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

Send = Callable[[str, object], None]


class Outgoing:
    """Listens to all projects of one client (``Listener``)."""

    def __init__(self, send: Send, root_changed: Callable[[str], None]) -> None:
        """Take *root_changed*, which tells of a root itself."""
        self._send = send
        self._root_changed = root_changed
        self._presenters: dict[str, present.Presenter] = {}
        self._states: dict[str, int] = {}

    def _presenter(self, root: str) -> present.Presenter:
        if root not in self._presenters:
            self._presenters[root] = present.Presenter(root)
        return self._presenters[root]

    def root_changed(self, root: str) -> None:
        """Tell what is to be said of the root as a whole."""
        self._root_changed(root)

    def tree_changed(self, root: str, change: TreeChange) -> None:
        """Tell a change of the tree."""
        state = self._states[root] = self._states.get(root, 0) + 1
        self._send(protocol.TESTS, self._presenter(root).tree(change, state))

    def records_changed(self, root: str, change: RecordsChange) -> None:
        """Tell a change of what is remembered."""
        self._send(protocol.RECORDS, self._presenter(root).records(change))

    def counts_changed(self, root: str, counts: Counts) -> None:
        """Tell the counts."""
        self._send(protocol.SUMMARY, self._presenter(root).summary(counts))

    def marks_changed(self, uri: str, version: int, marks: Marks) -> None:
        """Tell the marks of a document."""
        self._send(protocol.MARKERS, present.marks(uri, version, marks))

    def run_started(
        self, root: str, name: RunName, command: str, terminal: str | None, launch: Launch | None
    ) -> None:
        """Tell the beginning of a run."""
        message = self._presenter(root).run_started(name, command, terminal, launch)
        self._send(protocol.RUN_STARTED, message)

    def run_went_on(
        self, root: str, name: RunName, selected: int | None, events: tuple[RunEvent, ...]
    ) -> None:
        """Tell what happened in a run."""
        message = self._presenter(root).run_events(name, selected, events)
        self._send(protocol.RUN_EVENTS, message)

    def run_ended(self, root: str, name: RunName, report: RunReport) -> None:
        """Tell the end of a run."""
        self._send(protocol.RUN_ENDED, self._presenter(root).run_ended(name, report))

    def covered(self, root: str, token: str, files: Sequence[CoveredFile]) -> None:
        """Tell what a run has covered."""
        for message in covering.coverage(root, token, files):
            self._send(protocol.COVERAGE, message)

    def cache_changed(self, root: str) -> None:
        """Tell that keys changed."""
        self._send(protocol.CACHE_CHANGED, protocol.CacheChangedParams(root=uri_of(root)))
