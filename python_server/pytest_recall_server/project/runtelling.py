"""Tells the client of runs, without what they did in other roots."""

from __future__ import annotations

from collections.abc import Callable

from pytest_recall_server.model.changes import RunEvent, RunReport
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.results import FAILING
from pytest_recall_server.project.indexing import Indexer
from pytest_recall_server.project.listener import Listener
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.project.records import Records
from pytest_recall_server.project.stepping import Stepping
from pytest_recall_server.project.tree import Tree


class RunTelling:
    """Tells of the runs of one root."""

    def __init__(  # noqa: PLR0913 # each is of its own kind
        self,
        *,
        root: str,
        listener: Listener,
        records: Records,
        tree: Tree,
        indexer: Indexer,
        stepping: Stepping,
        told: Callable[[], None],
    ) -> None:
        """Take *told*, which is called whenever something was told: counts may be others now."""
        self._root = root
        self._listener = listener
        self._records = records
        self._tree = tree
        self._indexer = indexer
        self._stepping = stepping
        self._told = told

    def started(self, live: LiveRun) -> None:
        """Tell that a run has begun."""
        self._listener.run_started(self._root, live.name, live.command, live.terminal, live.launch)
        self._told()

    def went_on(self, live: LiveRun) -> None:
        """Tell what has happened in a run since the last time."""
        events = live.take()
        if self._indexer.nested:
            events = tuple(filter(self._is_shown_here, events))
        if events:
            self._records.told_by_run(events)
            self._listener.run_went_on(self._root, live.name, live.selected, events)
            self._told()

    def _is_shown_here(self, event: RunEvent) -> bool:
        """Tell whether *event* is not merely of a test in another root that this run collected."""
        result = None if event.record is None else event.record.result
        node_id = event.id if result is None else result.id
        if node_id is None or (result is not None and result.outcome in {*FAILING, "unfinished"}):
            return True
        path = path_of(node_id)
        return self._tree.file(path) is not None or not self._indexer.leaves_to_others(path)

    def ended(self, live: LiveRun, report: RunReport) -> None:
        """Tell that a run is over."""
        self._stepping.note(live)
        self._listener.run_ended(self._root, live.name, report)
        self._told()
