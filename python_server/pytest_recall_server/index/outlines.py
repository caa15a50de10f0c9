"""Outlines of files: parsed when first asked for, and again when a file has changed."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from pytest_recall_server.index.parse import parse
from pytest_recall_server.index.remembered import Needs, Remembered, Stamp
from pytest_recall_server.model.outline import Module, SourceError


class Outlines:
    """Outlines of files, remembered by modification time and size.

    Paths are relative to *rootdir*.  Used by one thread at a time.
    """

    def __init__(self, rootdir: str, remembered: Remembered) -> None:
        self._rootdir = rootdir
        self._remembered = remembered
        self.parsed = 0
        """How many files were parsed."""
        self._known: dict[str, tuple[Stamp, Module | SourceError]] = {}
        self._stamps: dict[str, Stamp | None] = {}
        self._standing_in: dict[str, Module] = {}
        self._notes: list[Needs] = []

    def begin(self, stamps: Mapping[str, Stamp] = MappingProxyType({})) -> None:
        """Forget which files exist, except for *stamps*: a new round of look-ups begins."""
        self._stamps = dict(stamps)

    @contextlib.contextmanager
    def standing_in(self, path: str, outline: Module) -> Iterator[None]:
        """Let *outline* stand for the file at *path*, as an editor has it."""
        self._standing_in[path] = outline
        try:
            yield
        finally:
            del self._standing_in[path]

    @contextlib.contextmanager
    def noting(self) -> Iterator[Needs]:
        """Note which files are looked at, and what was seen of them."""
        needs: Needs = {}
        self._notes.append(needs)
        try:
            yield needs
        finally:
            self._notes.pop()

    def note(self, needs: Needs) -> None:
        """Take note of what an earlier look-up has seen, whose answer is used again."""
        for notes in self._notes:
            for path, need in needs.items():
                if not isinstance(notes.get(path), tuple):
                    notes[path] = need

    def hold(self, needs: Needs) -> bool:
        """Tell whether the files that were looked at are as they were."""
        for path, need in needs.items():
            stamp = self.stamp(path)
            if need != (stamp if isinstance(need, tuple) else stamp is not None):
                return False
        return True

    def stamp(self, path: str) -> Stamp | None:
        """Return time and size of the file at *path*, or None where there is none."""
        try:
            return self._stamps[path]
        except KeyError:
            stamp = self._stamps[path] = _stamp_of(os.path.join(self._rootdir, path))
            return stamp

    def exists(self, path: str) -> bool:
        """Tell whether there is a file at *path*."""
        exists = self.stamp(path) is not None
        for notes in self._notes:
            notes.setdefault(path, exists)
        return exists

    def outline(self, path: str) -> tuple[Stamp, Module | SourceError] | None:
        """Return the outline of the file at *path*, or None where it cannot be read."""
        if path in self._standing_in:
            return (0, 0), self._standing_in[path]
        stamp = self.stamp(path)
        for notes in self._notes:
            notes[path] = False if stamp is None else stamp
        if stamp is None:
            self._known.pop(path, None)
            return None
        known = self._known.get(path)
        if known is None or known[0] != stamp:
            outline = self._remembered.outline(path, stamp) or self._parse(path, stamp)
            if outline is None:
                return None
            known = self._known[path] = (stamp, outline)
        return known

    def _parse(self, path: str, stamp: Stamp) -> Module | SourceError | None:
        try:
            with open(os.path.join(self._rootdir, path), "rb") as file:
                source = file.read()
        except OSError:
            return None
        self.parsed += 1
        outline = parse(source)
        self._remembered.keep_outline(path, stamp, outline)
        return outline


def _stamp_of(path: str) -> Stamp | None:
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return (status.st_mtime_ns, status.st_size) if stat.S_ISREG(status.st_mode) else None
