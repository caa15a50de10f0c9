"""Old journals: close those of dead runs and merge what they know, and remove the oldest."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from pytest_recall import journal, links, store
from pytest_recall.journal import SLACK, Event

MAX_RUNS = 100
MAX_BYTES = 64 * 1024 * 1024
DAY = 24 * 3600.0
MAX_AGE = 30 * DAY

YOUNG = 10.0
"""Seconds during which a journal without a line may be one that was created just now."""


def remove_old(directory: Path, now: float | None = None) -> list[Path]:
    """Remove the journals beyond the limits, and return them.

    Those of living runs stay, and all that were written to since the oldest of these began: it
    needs their words at its end.
    """
    paths = journal.journals(directory)
    beyond = _beyond_limits(paths, time.time() if now is None else now)
    living = {path for path in paths if is_alive(path)} if beyond else set()
    since = min(map(_begin_of, living), default=float("inf"))
    removed: list[Path] = []
    for path, written in beyond.items():
        if path not in living and written < since - SLACK:
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path)
    return removed


def _beyond_limits(paths: list[Path], moment: float) -> dict[Path, float]:
    """Return which of *paths* are too many, too old or too large, and when they were written to.

    The newest may be of any size. Of the others, one that does not fit beside those newer than it
    goes, and older ones that do stay: one run with much output must not cost all history.
    """
    beyond: dict[Path, float] = {}
    total = 0
    for count, path in enumerate(reversed(paths)):
        try:
            status = path.stat()
        except OSError:
            continue
        size = status.st_size if count else 0
        is_recent = count < MAX_RUNS and status.st_mtime >= moment - MAX_AGE
        if is_recent and total + size <= MAX_BYTES:
            total += size
        else:
            beyond[path] = status.st_mtime
    return beyond


def _begin_of(path: Path) -> float:
    """Return when the run of the journal *path* began, by its name; infinity if it does not say."""
    with contextlib.suppress(ValueError):
        begin = datetime.strptime(path.name.partition("-")[0] + "+0000", "%Y%m%dT%H%M%S.%fZ%z")
        return begin.timestamp()
    return float("inf")


def is_alive(path: Path) -> bool:
    """Tell whether a writer holds the lock of the journal *path*."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except OSError:
        return False
    try:
        return _is_held(descriptor, path)
    finally:
        os.close(descriptor)


def _is_held(descriptor: int, path: Path) -> bool:
    """Tell whether the writer of the journal *path* holds its lock; take it if it does not."""
    try:
        store.try_lock_strictly(descriptor)
    except OSError as exc:
        from pytest_recall.processes import is_running

        # On a file system without locks, the writer's process says whether the run goes on.
        pid = journal.pid_of(path.name)
        can_tell = pid is not None and sys.platform != "win32"
        return exc.errno in store.HELD or (can_tell and is_running(pid or 0))
    return False


def has_end(path: Path) -> bool:
    """Tell whether the journal *path* was closed and merged, from its last lines alone."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return True
    try:
        size = os.fstat(descriptor).st_size
        os.lseek(descriptor, max(0, size - 4096), os.SEEK_SET)
        lines = os.read(descriptor, 4096).split(b"\n")
    except OSError:
        return True
    finally:
        os.close(descriptor)
    # Every run looks at every journal, so this must be cheap: a line that has the text is parsed.
    last = lines[-2] if len(lines) > 1 and not lines[-1] else b""
    end = journal.decode(last) if b'"end"' in last else None
    return end is not None and end["event"] == "end" and end.get("merged") is not False


def recover(directory: Path, merge: Callable[[Path, list[Event]], None]) -> list[Path]:
    """Close the journals of dead runs in *directory*; *merge* gets each journal and its events."""
    return [path for path in dead(directory) if _recover_one(path, merge)]


def dead(directory: Path) -> list[Path]:
    """Return the journals in *directory* that have no end: of dead runs, and of living ones."""
    return [path for path in journal.journals(directory) if not has_end(path)]


def _recover_one(path: Path, merge: Callable[[Path, list[Event]], None]) -> bool:
    try:
        flags = os.O_RDWR | os.O_APPEND | links.NOFOLLOW | links.BINARY
        descriptor = os.open(path, flags)
    except OSError:
        return False
    try:
        if _is_held(descriptor, path) or has_end(path):
            return False
        events = journal.read(path)
        if events and not journal.understands(events):
            return False
        if not events and _may_just_begin(descriptor, path):
            return False
        merge(path, events)
        # A torn last line is ended first, so that the line of the end is whole.
        os.write(descriptor, b"\n" + journal.encode(_closing(events)))
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def _may_just_begin(descriptor: int, path: Path) -> bool:
    """Tell whether a writer may have created a journal and not locked and written to it yet."""
    now = journal.now()
    # A run may collect for long before it creates its journal, but not for days.
    return now - os.fstat(descriptor).st_mtime < YOUNG and now - _begin_of(path) < DAY


def counts_of(events: list[Event]) -> dict[str, int]:
    """Return how many tests ended with which outcome; the last outcome of a test counts."""
    outcomes = {
        str(event.get("id")): str(event.get("outcome"))
        for event in events
        if event["event"] == "test"
    }
    counts: dict[str, int] = {}
    for outcome in outcomes.values():
        counts[outcome] = counts.get(outcome, 0) + 1
    return counts


def _closing(events: list[Event]) -> Event:
    """Return the `end` of a run that has none, or one that says what it found was not merged."""
    if events and events[-1]["event"] == "end":
        return {name: value for name, value in events[-1].items() if name != "merged"}
    start = events[0].get("time") if events else None
    return {
        "event": "end",
        "status": None,
        "interrupted": True,
        "counts": counts_of(events),
        "duration": max(0.0, journal.now() - start) if isinstance(start, float) else 0.0,
        "time": journal.now(),
    }
