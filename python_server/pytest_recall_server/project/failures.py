"""All failures of a root, in the order in which people go through them."""

from __future__ import annotations

from pytest_recall_server.model.changes import Record
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.project.history import History
from pytest_recall_server.project.records import Records
from pytest_recall_server.project.tree import Tree


def failures(tree: Tree, records: Records, history: History) -> tuple[Record, ...]:
    """Return all failures of a root with their places now, in the order of the Test Explorer.

    Files are in its order, and what failed in one file is in the order of its lines.
    """
    failed = history.memory().failed
    found = [record for node_id, record in records.now().items() if node_id in failed]

    def order(record: Record) -> tuple[tuple[str, ...], int, str]:
        result = record.result
        path, span = path_of(result.id), tree.span(result.id)
        place = result.place
        if place is not None and place.path == path:
            return tree.order(path), place.line, result.id
        # What fails elsewhere stands where its test does.
        return tree.order(path), 0 if span is None else span.line, result.id

    return tuple(sorted(found, key=order))
