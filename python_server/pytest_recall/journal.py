"""The run journal: where it lies, its lines, and its tolerant readers.

`docs/journal.md` is the format; both pytest and the language server stand on this module.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from pytest_recall import links, store
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
