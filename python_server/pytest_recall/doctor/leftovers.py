"""Find what killed processes have left, and the copies that were set aside."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pytest_recall import journal, retention, salvage
from pytest_recall.doctor.entries import TEMPORARY, Entry, entries_of, entry_of
from pytest_recall.doctor.findings import Finding, Place, Repair
from pytest_recall.processes import is_running
from pytest_recall.store import DIRECTORIES

ORPHAN = "orphan"
SET_ASIDE = "set-aside"

SUPPORTING = frozenset({"README.md", ".gitignore", "CACHEDIR.TAG"})
YOUNG, OLD = 60.0, 3600.0
"""Seconds for which, and after which, a leftover could be, and cannot be, somebody's work."""


def examine_leftovers(place: Place) -> Iterator[Finding]:
    """Yield what killed processes have left, which nobody will ever use."""
    orphans: dict[str, list[str]] = {}
    for entry in entries_of(place.cachedir):
        why = _leftover(place, entry)
        if why:
            orphans.setdefault(why, []).append(place.relative(entry.path))
    for why, names in orphans.items():
        yield Finding(ORPHAN, names[0], why, "removed", more=tuple(names[1:]))
    for folder in _stock_leftovers(place.cachedir):
        message = "pytest was killed while it made the cache directory"
        own = all(each.name in SUPPORTING for each in folder.iterdir())
        advice = "" if own else "; it holds other files: look at it and remove it"
        yield Finding(ORPHAN, folder.as_posix(), message + advice, "removed" if own else "")


def _leftover(place: Place, entry: Entry) -> str:
    match = TEMPORARY.match(entry.path.name)
    if match and entry.is_file:
        gone = not is_running(int(match["pid"])) or entry.age > OLD
        return "a process was killed while it wrote a value" if gone else ""
    is_stop = place.relative(entry.path).startswith(f"{DIRECTORIES}/recall/stop-")
    if is_stop and entry.is_file:
        runs = journal.journals(journal.runs_directory(place.cachedir))
        lives = any(map(retention.is_alive, runs))
        if (entry.age > YOUNG and not lives) or entry.age > 24 * OLD:
            return "told the workers of a run to stop that is over"
    return ""


def _stock_leftovers(cachedir: Path) -> Iterator[Path]:
    top = cachedir.absolute().parent
    with contextlib.suppress(OSError):
        for folder in sorted(top.glob("pytest-cache-files-*")):
            entry = entry_of(folder)
            is_old = entry is not None and entry.is_folder and entry.age > YOUNG
            if is_old and os.access(folder, os.R_OK | os.X_OK):
                yield folder


def remove(place: Place, finding: Finding) -> Repair:
    """Remove leftovers; raises OSError."""
    for name in finding.paths:
        path = place.absolute(name)
        entry = entry_of(path)
        if entry is None:
            continue
        if entry.is_folder:
            for each in SUPPORTING:
                (path / each).unlink(missing_ok=True)
            path.rmdir()
        else:
            path.unlink()
    return Repair(finding, "removed")


def examine_asides(place: Place) -> Iterator[Finding]:
    """Yield the copies that were set aside, which only people delete."""
    for entry in entries_of(place.cachedir):
        match = salvage.ASIDE.match(entry.path.name)
        if match is None:
            continue
        why = "damaged" if match["why"] == salvage.DAMAGED else "as it was before a repair"
        age = _ago(_age(match["time"]))
        message = f"{match['name']}, {why}, {age}; delete it when you need it no more"
        yield Finding(SET_ASIDE, place.relative(entry.path), message, level="note")


def _age(written: str) -> float:
    try:
        moment = datetime.strptime(f"{written}+0000", "%Y%m%dT%H%M%SZ%z")
    except ValueError:
        return 0.0
    return time.time() - moment.timestamp()


def _ago(seconds: float) -> str:
    for unit, length in (("day", 86_400), ("hour", 3600), ("minute", 60)):
        count = int(seconds // length)
        if count:
            return f"{count} {unit}{'' if count == 1 else 's'} old"
    return "just set aside"
