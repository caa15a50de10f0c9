"""The rows of one file that are told: those that somebody has asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from pytest_recall_server.model.changes import Row, RowsChange
from pytest_recall_server.model.tree import TestNode

UNASKED = 100
"""So many parameters of one function come with it; more come when they are asked for."""


def rows_told(path: str, nodes: Iterable[TestNode], asked: Collection[str] = ()) -> dict[str, Row]:
    """Return the rows of a file by id, each after the one above it.

    *asked*: ids of functions whose parameters are told however many there are.
    """
    return {row.id: row for row in _below(path, nodes, asked)}


def _below(parent: str, nodes: Iterable[TestNode], asked: Collection[str]) -> Iterator[Row]:
    for index, node in enumerate(nodes):
        many = node.kind == "function" and len(node.children) > UNASKED
        waits = many and node.id not in asked
        yield Row(
            id=node.id,
            parent=parent,
            index=index,
            label=node.label,
            kind=node.kind,
            span=node.span,
            new=node.new,
            failed=node.failed,
            unfinished=node.unfinished,
            stale=node.stale,
            slow=node.slow,
            marks=node.marks,
            more=waits,
        )
        if not waits:
            yield from _below(node.id, node.children, asked)


def difference(path: str, before: Mapping[str, Row], now: Mapping[str, Row]) -> RowsChange | None:
    """Return what leads from the rows *before* to those *now*, or None."""
    changed = tuple(row for node_id, row in now.items() if before.get(node_id) != row)
    removed = tuple(node_id for node_id in before if node_id not in now)
    if not changed and not removed:
        return None
    return RowsChange(path=path, rows=changed, removed=removed)
