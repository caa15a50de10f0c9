"""The run journal: where it lies, its lines, its writer, and its tolerant readers.

`docs/journal.md` is the format; both pytest and the language server stand on this module.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import tempfile
import time
import weakref
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from pytest_recall import links, store
from pytest_recall.descriptors import HIGH, identity_of, out_of_the_way, take_lock
from pytest_recall.pinned import Pinned

FORMAT = 1
SUFFIX = ".jsonl"
TEXT_LIMIT = 65_536

SLACK = 0.05
"""Seconds by which times of files may lie behind the clock."""

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
    return Pinned.to_json(event).encode("ascii") + b"\n"


class Writer:
    """Appends lines to one journal and holds its lock until it is closed.

    The first error ends the writing for good and is kept in `problem`: what becomes of the journal
    must never change what becomes of the run. That a test closes the descriptor is no such error:
    the journal is opened again.
    """

    opened_again = False
    """Whether a test has closed the descriptor, and the journal goes on under another one."""

    def __init__(self, path: Path, begin: Event | None = None) -> None:
        """Create *path*, its directory, and its first line from *begin*; raises OSError."""
        self.path = path
        self.problem: OSError | None = None
        make_runs_directory(path.parent)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | links.BINARY
        self._descriptor: int | None = out_of_the_way(os.open(path, flags, 0o600))
        self._identity = identity_of(os.fstat(self._descriptor))
        self._is_in_child = False
        self.size = 0
        """Bytes that were written."""
        self._begin_length = 0
        take_lock(self._descriptor)
        self._watch_forks()
        if begin is not None:
            self._begin(begin)

    def _begin(self, begin: Event) -> None:
        line = encode(begin)
        self._begin_length = len(line)
        self.write_line(line)
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
        try:
            if self._descriptor < HIGH[-1] and not self._has_descriptor():
                self._open_again()
            try:
                self._append(line)
            except OSError as exc:
                if exc.errno != errno.EBADF:
                    raise
                self._open_again()
                self._append(line)
        except OSError as exc:
            self.problem = self.problem or exc
            self.close()

    def _append(self, line: bytes) -> None:
        written = Pinned.write(self._descriptor or 0, line)
        while written < len(line):
            self.size += written
            line = line[written:]
            written = Pinned.write(self._descriptor or 0, line)
        self.size += written

    def _open_again(self) -> None:
        """Go on under another descriptor, as a test has closed ours; raises OSError."""
        # Its number may be a user's file now, so it is neither written to nor closed.
        self._descriptor = None
        try:
            self._descriptor = self._open_own()
        except OSError as exc:
            raise OSError(errno.EBADF, "the descriptor was closed by a test") from exc
        self.opened_again = True

    def _open_own(self) -> int:
        """Open and lock the journal, if it is still the file that was created; raises OSError."""
        # What has been put in its place may be a pipe, and opening that could wait for ever.
        self._refuse_other(self.path.lstat())
        flags = os.O_WRONLY | os.O_APPEND | links.NOFOLLOW | links.BINARY
        descriptor = os.open(self.path, flags)
        try:
            self._refuse_other(os.fstat(descriptor))
            descriptor = out_of_the_way(descriptor)
            take_lock(descriptor)
        except OSError:
            os.close(descriptor)
            raise
        return descriptor

    def _refuse_other(self, status: os.stat_result) -> None:
        if identity_of(status) != self._identity:
            raise OSError(errno.ESTALE, "the journal was replaced", str(self.path))

    def end(self, event: Event) -> None:
        """Append *event*, the last one, and give the lock back.

        A journal without an end would be taken for that of a dead run, and what could not be
        written of it for unfinished. So where the writing has ended early, the end is tried once
        more, and if that fails the journal is removed, unless *event* says that what it holds is
        still to be merged.
        """
        self.write(event)
        if self.problem is not None and not self._is_in_child:
            try:
                self._descriptor = self._open_own()
                # The last line may be torn.
                self._append(b"\n" + encode(event))
            except OSError:
                if event.get("merged") is not False:
                    self._remove()
        self.close()

    def discard_unused(self) -> None:
        """Close the journal of what was no run, and remove it if there is but its first line."""
        with contextlib.suppress(OSError):
            if self._descriptor is not None and self._has_descriptor():
                if os.fstat(self._descriptor).st_size <= self._begin_length:
                    self._remove()
                self.close()

    def _remove(self) -> None:
        """Remove the journal, if it is still the file that was created."""
        with contextlib.suppress(OSError):
            self._refuse_other(self.path.lstat())
            if os.name == "nt":
                # There, what is open cannot be removed.
                self.close()
            self.path.unlink()

    def _watch_forks(self) -> None:
        """Let forked children close the descriptor: what they do is not part of the run."""
        if not hasattr(os, "register_at_fork"):
            return
        writer = weakref.ref(self)

        def in_child() -> None:
            this = writer()
            if this is not None:
                this.leave_to_parent()

        os.register_at_fork(after_in_child=in_child)

    def leave_to_parent(self) -> None:
        """In a forked child: write nothing from now on, and let the parent's journal be."""
        self._is_in_child = True
        self.close()

    def _has_descriptor(self) -> bool:
        """Tell whether the descriptor is ours: if a test closed it, it may be a user's file."""
        try:
            return identity_of(os.fstat(self._descriptor or 0)) == self._identity
        except OSError:
            return False

    def close(self) -> None:
        """Give the lock back."""
        if self._descriptor is not None:
            is_ours = self._has_descriptor()
            descriptor, self._descriptor = self._descriptor, None
            if is_ours:
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


class Tail:
    """Reads a journal as it grows."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._offset = 0
        self._has_begun = False

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
            # An end before the beginning was put there by who saw the file before its first line.
            if event is not None and (self._has_begun or event["event"] != "end"):
                self._has_begun = True
                yield event


def tests_of(event: Mapping[str, object]) -> Iterator[str]:
    """Yield the ids of the tests in a `file` event."""
    path, tests = event.get("path"), event.get("tests")
    if isinstance(path, str) and isinstance(tests, list):
        for test in tests:
            if isinstance(test, list) and test and isinstance(test[0], str):
                yield path + test[0]


def verdict(event: Event, cures: Collection[str] = ()) -> bool | None:
    """Return whether a `test` event says that its test failed; None if it says nothing.

    Nothing is said by an outcome that is none of those known, and in a run with the cure `skipped`
    by a skip.
    """
    outcome = event.get("outcome")
    if not isinstance(outcome, str) or outcome not in OUTCOMES:
        return None
    return None if outcome == "skipped" and "skipped" in cures else outcome in FAILURES


def cures_of(events: list[Event]) -> list[str]:
    """Return the names of the cures that the run of *events* applied."""
    cures = events[0].get("cures") if events else None
    return [cure for cure in cures if isinstance(cure, str)] if isinstance(cures, list) else []


def understands(events: list[Event]) -> bool:
    """Tell whether *events* are of a journal in a format this version knows."""
    if not events or events[0].get("event") != "run":
        return False
    version = events[0].get("format")
    return isinstance(version, int) and version <= FORMAT


def journals(directory: Path) -> list[Path]:
    """Return the journals in *directory*, oldest first; links, pipes and such are none."""
    try:
        with os.scandir(directory) as entries:
            names = sorted(
                entry.name
                for entry in entries
                if entry.name.endswith(SUFFIX) and entry.is_file(follow_symlinks=False)
            )
    except OSError:
        return []
    return [directory / name for name in names if pid_of(name) is not None]


def now() -> float:
    """Return the seconds since the epoch."""
    return time.time()
