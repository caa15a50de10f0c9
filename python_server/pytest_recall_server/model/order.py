"""The order of files and folders: failures, unfinished tests, new tests, the newest change."""

from __future__ import annotations

from collections.abc import Iterable

from pytest_recall_server.model.ids import folders_of
from pytest_recall_server.model.summary import FileSummary

_END_OF_TIME = 10**13
_NS_PER_MS = 10**6


def sort_text(file: FileSummary) -> str:
    """Return a text by which files sort."""
    if file.failed or file.error is not None:
        rank = 0
    elif file.unfinished:
        rank = 1
    elif file.new:
        rank = 2
    else:
        rank = 3
    age = _END_OF_TIME - min(file.modified // _NS_PER_MS, _END_OF_TIME)
    return f"{rank}-{age:014d}"


def folder_order(files: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Return the sort text of each folder above *files*, (path, sort text): its best file's."""
    best: dict[str, str] = {}
    for path, own in files:
        for folder in folders_of(path):
            known = best.get(folder)
            if known is not None and known <= own:
                # The folders above it stand at least as well.
                break
            best[folder] = own
    return best
