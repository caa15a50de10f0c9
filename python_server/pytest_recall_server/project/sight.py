"""What a run would find on the disk: the files it looks into, in a thread."""

from __future__ import annotations

import os
import stat
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, replace

from pytest_recall.narrowing import Wanted
from pytest_recall_server.index.config import Config
from pytest_recall_server.index.walk import (
    FoundFile,
    found_file,
    has_doctests,
    own_starts,
    relative_path,
    walk,
)
from pytest_recall_server.model.ids import folders_of, path_of
from pytest_recall_server.runs.command import Scope

_HOOKS = (
    *(b"pytest_collection", b"pytest_collect_", b"pytest_ignore_collect", b"pytest_itemcollected"),
    *(b"pytest_pycollect_", b"pytest_generate_tests", b"pytest_make_collect_report"),
    b"pytest_deselected",
)
"""What a conftest file can change the collection with."""
_ROOT = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sight:
    """The files that a run would look into."""

    files: tuple[tuple[FoundFile, int], ...]
    """With the position of what pytest starts from to get to them."""
    certain: bool
    """False: hooks may change what is found, or in which order."""


def scope_of(config: Config) -> Scope:
    """Return what the runs of a root cover."""

    def ids(paths: Iterable[str]) -> tuple[str, ...]:
        found = (relative_path(config.rootdir, path) for path in paths)
        return tuple(_ROOT if path == "." else path for path in found)

    own = own_starts(config)
    # Where pytest itself would look into other roots, it is told where not to.
    several = config.several or len(own) < len(config.starts)
    return Scope(starts=ids(own), several=several, nested=ids(config.nested))


def look(config: Config, wanted: Wanted | None) -> Sight:
    """Return the files that pytest looks into by itself, or for what is *wanted*.  Blocking."""
    if wanted is None:
        outer = _outermost(config.starts)
        files = [(file, _start(outer, config.rootdir, file.path)) for file in walk(config)]
        # Older versions of pytest begin with the inner one of two where it is named first.
        certain = len(outer) == len(config.starts)
    else:
        found = {file.path: file for file in _wanted_files(config, wanted)}
        files = [(file, 0) for file in found.values()]
        certain = not any(path.startswith("../") for path in found)
    hooked = _is_hooked(config.rootdir, [file.path for file, _ in files])
    return Sight(files=tuple(files), certain=certain and not hooked)


def _outermost(starts: Collection[str]) -> list[str]:
    return [
        start
        for start in starts
        if not any(start.startswith(other.rstrip(os.sep) + os.sep) for other in starts)
    ]


def _start(starts: list[str], rootdir: str, path: str) -> int:
    absolute = os.path.join(rootdir, path)
    return next(
        index
        for index, start in enumerate(starts)
        if absolute == start or absolute.startswith(start.rstrip(os.sep) + os.sep)
    )


def _wanted_files(config: Config, wanted: Wanted) -> Iterator[FoundFile]:
    paths = {path_of(node_id) for node_id in wanted.ids}
    absolute = {path: os.path.normpath(os.path.join(config.rootdir, path)) for path in paths}
    folders = tuple(path for path in absolute.values() if os.path.isdir(path))
    # What pytest is told to start from counts as a test file; what is in there has to look so.
    inside = replace(config, starts=folders, nested=())
    for file in walk(inside):
        if wanted.leads(file.path):
            yield file
    for path in sorted(paths):
        # A file of Python is collected if it is named, whatever its name.
        if not path.endswith(".py") and not has_doctests(inside, absolute[path]):
            continue
        named = _existing(path, absolute[path]) if wanted.leads(path) else None
        if named is not None:
            yield named


def _existing(path: str, absolute: str) -> FoundFile | None:
    try:
        status = os.stat(absolute)
    except (OSError, ValueError):
        return None
    if not stat.S_ISREG(status.st_mode):
        return None
    return found_file(path, status)


def _is_hooked(rootdir: str, paths: Collection[str]) -> bool:
    folders = {_ROOT, *(folder for path in paths for folder in folders_of(path))}
    return any(map(_has_hook, (os.path.join(rootdir, each, "conftest.py") for each in folders)))


def _has_hook(conftest: str) -> bool:
    try:
        with open(conftest, "rb") as file:
            source = file.read()
    except OSError:
        return False
    return any(hook in source for hook in _HOOKS)
