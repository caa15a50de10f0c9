"""Cut changes of the tree into messages of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pytest_recall_server.model.changes import RowsChange, TreeChange

FILES = 200
ROWS = 1_000


def batches(change: TreeChange) -> Iterator[TreeChange]:
    """Yield *change* in parts of at most ``FILES`` files or ``ROWS`` rows, the files first.

    The first part alone is a reset, the last alone complete.
    """
    parts = [*_files(change), *_rows(change)]
    last = len(parts) - 1
    for number, part in enumerate(parts):
        yield replace(
            part,
            reset=change.reset and number == 0,
            complete=change.complete and number == last,
        )


def _files(change: TreeChange) -> Iterator[TreeChange]:
    part = TreeChange(reset=False, complete=False, removed=change.removed, folders=change.folders)
    if len(change.files) <= FILES:
        yield replace(part, files=change.files)
        return
    for start in range(0, len(change.files), FILES):
        yield replace(part, files=change.files[start : start + FILES])
        part = replace(part, removed=(), folders=())


def _rows(change: TreeChange) -> Iterator[TreeChange]:
    waiting: list[RowsChange] = []
    count = 0
    for rows in _bounded(change.rows):
        waiting.append(rows)
        count += len(rows.rows) + len(rows.removed)
        if count >= ROWS:
            yield TreeChange(reset=False, complete=False, rows=tuple(waiting))
            waiting, count = [], 0
    if waiting:
        yield TreeChange(reset=False, complete=False, rows=tuple(waiting))


def _bounded(changes: tuple[RowsChange, ...]) -> Iterator[RowsChange]:
    """Yield *changes*, those with too many rows in several parts."""
    for change in changes:
        removed = change.removed
        for start in range(0, max(len(change.rows), 1), ROWS):
            rows = change.rows[start : start + ROWS]
            yield RowsChange(path=change.path, rows=rows, removed=removed)
            removed = ()
