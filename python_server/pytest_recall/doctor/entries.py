"""What lies in the parts of a cache directory that the doctor looks at."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_recall import links
from pytest_recall.salvage import ASIDE
from pytest_recall.store import DIRECTORIES, VALUES

TEMPORARY = re.compile(r"^\..+\.(?P<pid>\d+)-[0-9a-f]{8}\.tmp$")
"""The name of a file that `store.replace_text` writes before it renames it."""


@dataclass(frozen=True)
class Entry:
    """A file, folder or link, as it is itself: links are not followed."""

    path: Path
    status: os.stat_result

    @property
    def is_link(self) -> bool:
        """Whether it is a link."""
        return links.is_link(self.path)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return stat.S_ISDIR(self.status.st_mode)

    @property
    def is_file(self) -> bool:
        """Whether it is a regular file."""
        return stat.S_ISREG(self.status.st_mode)

    @property
    def is_aside(self) -> bool:
        """Whether it was set aside, by its name."""
        return ASIDE.match(self.path.name) is not None

    @property
    def is_temporary(self) -> bool:
        """Whether it is a file that is being written, by its name."""
        return TEMPORARY.match(self.path.name) is not None

    @property
    def age(self) -> float:
        """Seconds since it was written."""
        return time.time() - self.status.st_mtime


def entries_of(cachedir: Path) -> Iterator[Entry]:
    """Yield what lies in `v/` and in our part of `d/`; what other plugins keep is theirs."""
    found = {top.path.name: top for top in _in_folder(cachedir)}
    tops = [found[name] for name in (VALUES, DIRECTORIES) if name in found]
    for top in (*tops, *(each for each in found.values() if each.is_aside)):
        yield top
        if not top.is_folder or top.is_link or top.is_aside:
            continue
        for entry in _in_folder(top.path):
            yield entry
            if top.path.name == VALUES or entry.path.name == "recall":
                yield from _below(entry)


def entry_of(path: Path) -> Entry | None:
    """Return what *path* is, None if there is nothing or it cannot be told."""
    try:
        return Entry(path, path.lstat())
    except OSError:
        return None


def _below(entry: Entry) -> Iterator[Entry]:
    if entry.is_link or not entry.is_folder or entry.is_aside:
        return
    for inner in _in_folder(entry.path):
        yield inner
        yield from _below(inner)


def _in_folder(folder: Path) -> Iterator[Entry]:
    try:
        names = sorted(os.listdir(folder))  # noqa: PTH208 - names sort, entries do not
    except OSError:
        return
    for name in names:
        entry = entry_of(folder / name)
        if entry is not None:
            yield entry
