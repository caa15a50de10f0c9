"""The run journal: where it lies, its lines, its writer, and its tolerant readers.

`docs/journal.md` is the format; both pytest and the language server stand on this module.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import sys
import tempfile
import time
import weakref
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path

from pytest_recall import links, store

FORMAT = 1
SUFFIX = ".jsonl"
TEXT_LIMIT = 65_536

FAILURES = frozenset({"failed", "error"})
OUTCOMES = FAILURES | {"passed", "skipped", "xfailed", "xpassed"}
"""What can become of a test; an outcome that is none of these is damage and says nothing."""

Event = dict[str, object]


def runs_directory(cachedir: Path) -> Path:
    """Return where the journals of *cachedir* lie."""
    return cachedir / store.DIRECTORIES / "recall" / "runs"


def fallback_directory(cachedir: Path) -> Path:
    """Return where journals go when *cachedir* cannot be written."""
    digest = hashlib.sha256(os.fsencode(cachedir.absolute())).hexdigest()[:16]
    user = os.getuid() if hasattr(os, "getuid") else os.environ.get("USERNAME", "user")
    return Path(tempfile.gettempdir()) / f"pytest-recall-{user}" / digest / "runs"


def directories(cachedir: Path) -> tuple[Path, ...]:
    """Return where journals may lie: in *cachedir*, and where they go if that cannot be written.

    What a link leads to is left out, and a fallback directory that others can write: journals are
    closed, removed, and believed.
    """
    found: list[Path] = []
    with contextlib.suppress(OSError):
        links.refuse_links(cachedir, runs_directory(cachedir))
        found.append(runs_directory(cachedir))
    with contextlib.suppress(OSError):
        fallback = fallback_directory(cachedir)
        for folder in (fallback.parents[1], fallback.parent, fallback):
            links.refuse_others(folder)
        found.append(fallback)
    return tuple(found)


def new_run_id() -> str:
    """Return an id that sorts by time and names this process."""
    now = datetime.now(timezone.utc)
    return f"{now:%Y%m%dT%H%M%S.%f}Z-{os.getpid()}-{os.urandom(4).hex()}"


def pid_of(run_id: str) -> int | None:
    """Return the process id that *run_id* names, None if it is not a run id."""
    parts = run_id.removesuffix(SUFFIX).split("-")
    has_all = len(parts) == len(("time", "pid", "random"))
    return int(parts[1]) if has_all and parts[1].isdigit() else None


def cut_text(text: str) -> str:
    """Return *text*, its middle replaced by a line that says so if it is too long."""
    if len(text) <= TEXT_LIMIT:
        return text
    half = TEXT_LIMIT // 2
    return f"{text[:half]}\n[... {len(text) - 2 * half} characters cut ...]\n{text[-half:]}"


def encode(event: Event) -> bytes:
    """Return the line of *event*; all of it is ASCII, so that any text survives."""
    return json.dumps(event, separators=(",", ":")).encode("ascii") + b"\n"


HIGH = (1000, 200)
"""Numbers from which on a descriptor is out of the way, the second one for low limits."""


def out_of_the_way(descriptor: int) -> int:
    """Return *descriptor* under a high number, if there can be one.

    A new file gets the lowest number that is free. So a test's files have the numbers they would
    have without us, and none of them takes our number should a test close what it has not opened.
    """
    if sys.platform == "win32":
        return descriptor
    import fcntl

    for lowest in HIGH:
        try:
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(descriptor)
        return high
    return descriptor


class Writer:
    """Appends lines to one journal and holds its lock until it is closed.

    The first error ends the writing for good and is kept in `problem`: what becomes of the journal
    must never change what becomes of the run.
    """

    def __init__(self, path: Path, begin: Event | None = None) -> None:
        """Create *path*, its directory, and its first line from *begin*; raises OSError."""
        self.path = path
        self.problem: OSError | None = None
        make_runs_directory(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | links.BINARY
        self._descriptor: int | None = out_of_the_way(os.open(path, flags, 0o600))
        self._inode = os.fstat(self._descriptor).st_ino
        store.try_lock(self._descriptor)
        self._leave_to_parent()
        if begin is not None:
            self._begin(begin)

    def _begin(self, begin: Event) -> None:
        self.write(begin)
        if self.problem is not None:
            # The disk is full, it may be: there is a file, and nothing can be put into it.
            with contextlib.suppress(OSError):
                self.path.unlink()
            raise self.problem

    def write(self, event: Event) -> None:
        """Append *event*."""
        self.write_line(encode(event))

    def write_line(self, line: bytes) -> None:
        """Append *line*, one or more that end in a newline, at once."""
        if self._descriptor is None:
            return
        if self._descriptor < HIGH[-1] and not self._has_descriptor():
            return
        try:
            written = os.write(self._descriptor, line)
            while written < len(line):
                line = line[written:]
                written = os.write(self._descriptor, line)
        except OSError as exc:
            closed = OSError(errno.EBADF, "the descriptor was closed by a test")
            self.problem = closed if exc.errno == errno.EBADF else exc
            self.close()

    def _leave_to_parent(self) -> None:
        """Let forked children close the descriptor: what they do is not part of the run."""
        if not hasattr(os, "register_at_fork"):
            return
        writer = weakref.ref(self)

        def in_child() -> None:
            this = writer()
            if this is not None:
                this.close()

        os.register_at_fork(after_in_child=in_child)

    def _has_descriptor(self) -> bool:
        """Tell whether a test has closed the descriptor: its number may be a user's file now."""
        try:
            is_ours = os.fstat(self._descriptor or 0).st_ino == self._inode
        except OSError:
            is_ours = False
        if not is_ours:
            self._descriptor = None
            self.problem = OSError(errno.EBADF, "the descriptor was closed by a test")
        return is_ours

    def close(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            try:
                os.close(descriptor)
            except OSError as exc:
                self.problem = self.problem or exc


def make_runs_directory(directory: Path) -> None:
    """Create a `runs` directory that only its owner can read; raises OSError, also for links."""
    base = directory.parents[2]
    base.mkdir(parents=True, exist_ok=True)
    links.make_private(base, directory.parent)
    links.make_private(base, directory)


def make_fallback_directory(cachedir: Path) -> Path:
    """Create the fallback directory and return it; raises OSError if it is not ours alone.

    It lies where everybody may write: somebody else may have been there first.
    """
    directory = fallback_directory(cachedir)
    for folder in (directory.parents[1], directory.parent, directory):
        links.make_private(folder.parent, folder)
        links.refuse_others(folder)
    return directory


def decode(line: bytes) -> Event | None:
    """Return the event of *line*, None if it is none that anybody could know."""
    try:
        event = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return event if isinstance(event, dict) and isinstance(event.get("event"), str) else None


def read(path: Path) -> list[Event]:
    """Read all events of a journal; unreadable lines and a torn last one are left out."""
    return Tail(path).read_new()


@dataclass
class Tail:
    """Reads a journal as it grows."""

    path: Path
    _offset: int = field(default=0, init=False)

    def read_new(self) -> list[Event]:
        """Return the events whose lines have been completed since the last call."""
        return list(self._events())

    def _events(self) -> Iterator[Event]:
        try:
            with self.path.open("rb") as file:
                # A journal never shrinks; one that did was replaced by another file.
                if file.seek(0, os.SEEK_END) < self._offset:
                    self._offset = 0
                file.seek(self._offset)
                data = file.read()
        except OSError:
            return
        end = data.rfind(b"\n") + 1
        self._offset += end
        for line in data[:end].split(b"\n"):
            event = decode(line) if line else None
            if event is not None:
                yield event


def verdict(event: Event) -> bool | None:
    """Return whether a `test` event says that its test failed; None if it says nothing known."""
    outcome = event.get("outcome")
    return outcome in FAILURES if isinstance(outcome, str) and outcome in OUTCOMES else None


def understands(events: list[Event]) -> bool:
    """Tell whether *events* are of a journal in a format this version knows."""
    if not events or events[0].get("event") != "run":
        return False
    version = events[0].get("format")
    return isinstance(version, int) and version <= FORMAT


def journals(directory: Path) -> list[Path]:
    """Return the journals in *directory*, oldest first."""
    try:
        names = sorted(name for name in os.listdir(directory) if name.endswith(SUFFIX))  # noqa: PTH208
    except OSError:
        return []
    return [directory / name for name in names if pid_of(name) is not None]


def now() -> float:
    """Return the seconds since the epoch."""
    return time.time()
