"""Find out which files here the paths in somebody else's tracebacks are."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterable, Iterator

from pytest_recall_server.imports.traces import TracePlace


class Placing:
    """Maps the paths of one source to files below *rootdir*."""

    def __init__(self, rootdir: str) -> None:
        self._rootdir = rootdir
        self._absolute: dict[str, None] = {}
        """Absolute folders of the other machine that its rootdir may have been."""
        self._around: dict[str, None] = {"": None}
        """What stands before relative paths to make them relative to the rootdir."""
        self._exists = functools.lru_cache(maxsize=4096)(self._is_file)

    def frames(self, entries: Iterable[TracePlace], own: str) -> list[tuple[str, TracePlace]]:
        """Return those of a test's traceback *entries* that lie in files here, with their paths.

        *own* is the file of the test, by which the others are found.
        """
        entries = list(entries)
        for entry in entries:
            self._learn(entry.path, own)
        return [(path, entry) for entry in entries for path in self._paths(entry.path)[:1]]

    def _learn(self, path: str, own: str) -> None:
        if path.endswith("/" + own):
            self._absolute.setdefault(path[: -len(own)])
        elif own.endswith("/" + path):
            self._around.setdefault(own[: -len(path)])

    def _paths(self, path: str) -> list[str]:
        return [each for each in self._candidates(path) if self._exists(each)]

    def _candidates(self, path: str) -> Iterator[str]:
        for base in self._absolute:
            if path.startswith(base):
                yield path[len(base) :]
        if not (path.startswith("/") or path[1:2] == ":"):
            for before in self._around:
                yield os.path.normpath(before + path).replace(os.sep, "/")

    def _is_file(self, path: str) -> bool:
        inside = not path.startswith("..") and bool(path)
        return inside and os.path.isfile(os.path.join(self._rootdir, path))
