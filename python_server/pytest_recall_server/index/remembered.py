"""What parsing told of files, remembered in our part of the cache from one start to the next.

The file is ``<cachedir>/d/recall/index``: a line that says what it is made by, and a line a file::

    <crc32> <path> <mtime in ns> <size> <definitions> <outline>

with tabs between.  Paths, definitions (with what they depend on) and outlines are JSON, and are
read only when they are needed.  What is damaged, of another version or of another configuration is
passed over: the file it tells of is parsed again.  Version 1 is the first; version 2 tells how
long parameters and fixtures live; version 4 which marks tests have.
"""

from __future__ import annotations

import contextlib
import functools
import json
import logging
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from pytest_recall import links
from pytest_recall_server.index.encoding import (
    MALFORMED,
    decode_definitions,
    decode_flat,
    decode_outline,
    encode_definitions,
    encode_outline,
)
from pytest_recall_server.model.dating import Dates, dated, dates_of
from pytest_recall_server.model.flat import Flat
from pytest_recall_server.model.outline import Definition, Module, SourceError

logger = logging.getLogger(__name__)

VERSION = 4
FOLDER = ("d", "recall")
NAME = "index"
_NONE = b"null"
_MAX_BYTES = 256 << 20

Stamp = tuple[int, int]
"""Modification time in nanoseconds and size."""
Needs = dict[str, Stamp | bool]
"""Path → the stamp of a file that was read, or whether a file was there."""


@dataclass(slots=True)
class _Entry:
    stamp: Stamp
    definitions: bytes = _NONE
    """A list of what they depend on and themselves."""
    outline: bytes = _NONE
    before: bytes = _NONE
    """The definitions of the file as it was before, until those of the new one are there."""
    used: bool = False


class LaterDefinitions(Sequence[Definition]):
    """Definitions that are decoded when somebody looks at them: most are never looked at."""

    def __init__(self, encoded: bytes) -> None:
        """Take a list of what they depend on and themselves, which was read once before."""
        self._encoded = encoded

    @functools.cached_property
    def _decoded(self) -> tuple[Definition, ...]:
        try:
            return decode_definitions(json.loads(self._encoded)[1])
        except MALFORMED:
            logger.exception("What was remembered of a file is malformed")
            return ()

    @overload
    def __getitem__(self, index: int) -> Definition: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Definition]: ...
    def __getitem__(self, index: int | slice) -> Definition | Sequence[Definition]:
        return self._decoded[index]

    def __len__(self) -> int:
        return len(self._decoded)


class Remembered:
    """What parsing told of files.  Used by one thread at a time, but for ``write``."""

    def __init__(self, rules: object = None) -> None:
        """*rules*: whatever definitions depend on beside files; its ``repr`` is compared."""
        made_by = ["pytest-recall index", VERSION, list(sys.version_info[:3]), repr(rules)]
        self._header = json.dumps(made_by).encode()
        self._entries: dict[str, _Entry] = {}
        self.changed = False
        """Something was learnt since the last ``content``."""

    def load(self, cache_dir: str) -> None:
        """Take what was written there, as far as it is whole.  Blocking."""
        try:
            path = path_in(cache_dir)
            if os.path.getsize(path) > _MAX_BYTES:
                return
            with open(path, "rb") as file:
                header, *lines = file.read().split(b"\n")
        except OSError:
            return
        if header != self._header:
            return
        for line in lines:
            self._load_line(line)

    def _load_line(self, line: bytes) -> None:
        with contextlib.suppress(*MALFORMED):
            checksum, _, rest = line.partition(b"\t")
            if int(checksum, 16) != zlib.crc32(rest):
                return
            path, modified, size, definitions, outline = rest.split(b"\t")
            stamp = (int(modified), int(size))
            self._entries[str(json.loads(path))] = _Entry(stamp, definitions, outline)

    def outline(self, path: str, stamp: Stamp) -> Module | SourceError | None:
        """Return the outline of a file that is as it was, or None where none is remembered."""
        entry = self._entry(path, stamp)
        if entry is None or entry.outline == _NONE:
            return None
        with contextlib.suppress(*MALFORMED):
            return decode_outline(json.loads(entry.outline))
        return None

    def definitions(
        self, path: str, stamp: Stamp, hold: Callable[[Needs], bool]
    ) -> tuple[Sequence[Definition], Flat] | None:
        """Return the tests of a file that is as it was, as are all that they depend on.

        *hold* tells whether these are.
        """
        entry = self._entry(path, stamp)
        if entry is None or entry.definitions == _NONE:
            return None
        with contextlib.suppress(*MALFORMED):
            needs, found = json.loads(entry.definitions)
            if hold({each: _need(need) for each, need in needs.items()}):
                return LaterDefinitions(entry.definitions), decode_flat(found)
        return None

    def _entry(self, path: str, stamp: Stamp) -> _Entry | None:
        entry = self._entries.get(path)
        if entry is None or entry.stamp != stamp:
            return None
        entry.used = True
        return entry

    def stamps(self) -> dict[str, Stamp]:
        """Return the files that were looked into in this process, as they were then."""
        return {path: entry.stamp for path, entry in self._entries.items() if entry.used}

    def dependents(self, paths: Iterable[str]) -> set[str]:
        """Return the files whose tests depend on one of *paths* too."""
        needed = [b"%s:" % _dump(path) for path in paths]
        return {
            path
            for path, entry in self._entries.items()
            # What they depend on stands before what they define.
            if any(need in entry.definitions for need in needed)
        }

    def keep_outline(self, path: str, stamp: Stamp, outline: Module | SourceError) -> None:
        """Remember the outline of a file."""
        old = self._entries.get(path)
        entry = self._entries[path] = _Entry(stamp, used=True)
        entry.outline = _dump(encode_outline(outline))
        if old is not None:
            entry.before = old.before if old.definitions == _NONE else old.definitions
        self.changed = True

    def keep_definitions(
        self, path: str, stamp: Stamp, needs: Needs, found: Sequence[Definition]
    ) -> tuple[Definition, ...]:
        """Remember the tests of a file whose outline is remembered, and what they depend on.

        Return them with since when they are as they are.
        """
        # What has changed may have been inherited from the youngest of the files.
        read = (need[0] for need in needs.values() if isinstance(need, tuple))
        found = dated(found, self.dates(path), max(stamp[0], *read))
        entry = self._entry(path, stamp)
        if entry is not None:
            entry.definitions = _dump([needs, encode_definitions(found)])
            entry.before = _NONE
            self.changed = True
        return found

    def dates(self, path: str) -> Dates:
        """Return since when the tests of a file are as they were when it was last looked at."""
        entry = self._entries.get(path)
        if entry is None:
            return {}
        known = entry.before if entry.definitions == _NONE else entry.definitions
        if known == _NONE:
            return {}
        return dates_of(LaterDefinitions(known))

    def content(self, rootdir: str) -> bytes:
        """Return what is to be written: all but files that are no longer in *rootdir*."""
        self.changed = False
        lines = [self._header]
        for path, entry in self._entries.items():
            if not entry.used and not os.path.isfile(os.path.join(rootdir, path)):
                continue
            stamp = b"%d\t%d" % entry.stamp
            rest = b"\t".join((_dump(path), stamp, entry.definitions, entry.outline))
            lines.append(b"%08x\t%s" % (zlib.crc32(rest), rest))
        return b"\n".join(lines)


def path_in(cache_dir: str) -> str:
    """Return the path of the file; raise OSError where a link leads elsewhere."""
    base = Path(os.path.realpath(cache_dir))
    path = base.joinpath(*FOLDER, NAME)
    links.refuse_links(base, path)
    return str(path)


def write(cache_dir: str, content: bytes) -> None:
    """Replace the file at once, for its owner alone; raise OSError where that cannot be.

    A cache directory that is not there is not made: pytest makes it, with what belongs into it.
    """
    path = path_in(cache_dir)
    if not os.path.isdir(cache_dir):
        raise FileNotFoundError(cache_dir)
    folder, name = os.path.split(path)
    # What tests have printed lies there, too: whoever makes it first, it is its owner's alone.
    links.make_private(Path(os.path.realpath(cache_dir)), Path(folder))
    temporary = os.path.join(folder, f".{name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | links.NOFOLLOW | links.BINARY
    with open(os.open(temporary, flags, 0o600), "wb") as file:
        try:
            file.write(content)
            file.flush()
            os.replace(temporary, path)
        except BaseException:
            with contextlib.suppress(OSError):
                os.unlink(temporary)
            raise


def _need(value: object) -> Stamp | bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, list):
        modified, size = value
        return int(modified), int(size)
    raise TypeError(f"{value!r} is no stamp")


def _dump(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
