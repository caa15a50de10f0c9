"""Read the cache directory.  Blocking: called in threads, except for the tail of a journal."""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from pytest_recall import journal, kept, retention, store
from pytest_recall.stepread import StepState, read_state
from pytest_recall.takeup import take_up
from pytest_recall_server.model.results import (
    Event,
    text,
)
from pytest_recall_server.project.history import NOTHING, Keys

logger = logging.getLogger(__name__)

_PIECE = 1 << 18
KEYS = (store.LASTFAILED, store.NODEIDS, store.UNFINISHED)

Signature = tuple[tuple[str, int, int], ...]


def open_cache(cache_dir: str) -> tuple[Keys, str | None]:
    """Take up what dead runs have left; return what has failed, and why nothing can be remembered.

    The known ids are left for later: they may be hundreds of thousands.
    """
    recover(cache_dir)
    return _read_outstanding(cache_dir), why_unwritable(cache_dir)


def read_keys(cache_dir: str, before: Keys = NOTHING) -> Keys:
    """Read what is remembered; what cannot be read is what is left of it, with a problem.

    What is as it was *before* is not read again.
    """
    keys = _read_outstanding(cache_dir)
    if not os.path.isdir(cache_dir):
        return keys
    directory = Path(os.path.realpath(cache_dir))
    stamp = _stamp(store.value_path(directory, store.NODEIDS))
    if stamp is not None and stamp == before.stamp:
        return replace(keys, node_ids=before.node_ids, stamp=stamp)
    known = kept.read_known(directory)
    if problem := _problem(store.NODEIDS, known):
        return replace(keys, problems=(*keys.problems, problem))
    # Of a part of them nobody can tell what is new.
    whole = known.reading.exists and not known.damage
    if not whole:
        return keys
    return replace(keys, node_ids=frozenset(known.ids), stamp=stamp)


def _read_outstanding(cache_dir: str) -> Keys:
    if not os.path.isdir(cache_dir):
        return Keys()
    directory = Path(os.path.realpath(cache_dir))
    failed, unfinished = kept.read_failed(directory), kept.read_unfinished(directory)
    problems = (_problem(store.LASTFAILED, failed), _problem(store.UNFINISHED, unfinished))
    return Keys(
        failed=failed.ids,
        unfinished=unfinished.ids,
        problems=tuple(problem for problem in problems if problem),
    )


def _problem(key: str, value: kept.Kept) -> str | None:
    if not value.damage or value.is_newer:
        return None
    return f"{key} cannot be read: {value.damage}"


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino


def read_step(cache_dir: str) -> StepState:
    """Read how far stepwise has come."""
    return read_state(Path(os.path.realpath(cache_dir)))


def signature(cache_dir: str) -> Signature:
    """Return what changes whenever the cache does: names, times and sizes of a few entries."""
    values = os.path.join(cache_dir, store.VALUES)
    watched = [cache_dir, values, *(os.path.join(values, name) for name in ("cache", "recall"))]
    watched += map(str, run_folders(cache_dir))
    watched += [os.path.join(values, key) for key in (*KEYS, store.STEPWISE)]
    found = []
    for path in watched:
        with contextlib.suppress(OSError):
            status = os.stat(path)
            found.append((path, status.st_mtime_ns, status.st_size))
    return tuple(found)


def run_folders(cache_dir: str) -> tuple[Path, Path]:
    """Return where journals are: in the cache, and where they go if that cannot be written."""
    # pytest resolves links on the way to its rootdir.
    cachedir = Path(os.path.realpath(cache_dir))
    return journal.runs_directory(cachedir), journal.fallback_directory(cachedir)


def why_unwritable(cache_dir: str) -> str | None:
    """Return a sentence that says why nothing can be remembered, or None."""
    if not os.path.lexists(cache_dir):
        return None
    if os.path.isdir(cache_dir) and os.access(cache_dir, os.W_OK):
        return None
    _, fallback = run_folders(cache_dir)
    return (
        f"The cache directory {cache_dir} cannot be written: failures are kept while this window"
        f" is open, and the journals of runs are in {fallback}."
    )


def journals(cache_dir: str) -> list[str]:
    """Return the paths of all journals, oldest first."""
    found = [path for folder in run_folders(cache_dir) for path in journal.journals(folder)]
    return [str(path) for path in sorted(found, key=lambda path: path.name)]


def run_id_of(path: str) -> str:
    """Return the run id that a journal is named by."""
    return os.path.basename(path).removesuffix(journal.SUFFIX)


def pid_of(path: str) -> int | None:
    """Return the process id in the name of a journal."""
    return journal.pid_of(run_id_of(path))


def token_of(path: str) -> str | None:
    """Return the token in the first line of a journal, ``""`` without one; None: no line yet."""
    try:
        with open(path, "rb") as file:
            line = file.readline()
    except OSError:
        return None
    if not line.endswith(b"\n"):
        return None
    event = journal.decode(line) or {}
    return text(event.get("token")) or ""


class JournalReader:
    """Reads a journal as it grows."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.position = 0
        """Bytes read."""
        self._rest = b""
        self._file = open(path, "rb", buffering=0)  # noqa: SIM115 # kept until `close`

    def read(self) -> list[Event]:
        """Return the events that were written since the last time, a bounded number at once."""
        data = self._file.read(_PIECE)
        self.position += len(data)
        if not data:
            return []
        *lines, self._rest = (self._rest + data).split(b"\n")
        events = (journal.decode(line) for line in lines if line)
        return [event for event in events if event is not None]

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def is_alive(path: str) -> bool:
    """Tell whether the writer of a journal still holds its lock."""
    return retention.is_alive(Path(path))


def recover(cache_dir: str) -> None:
    """Close the journals of dead runs and merge what they tell into the cache's keys."""
    for path in take_up(Path(os.path.realpath(cache_dir))):
        logger.info("The run %s did not reach its end; its results were kept", path.stem)


def events_of(path: str) -> Iterator[Event]:
    """Yield the events that a journal has now."""
    reader = JournalReader(path)
    try:
        while True:
            at = reader.position
            yield from reader.read()
            if reader.position == at:
                return
    finally:
        reader.close()


def wait_until_released(path: str, seconds: float) -> None:
    """Wait until the writer of a journal is gone: only then has it merged its results."""
    end = time.monotonic() + seconds
    while is_alive(path) and time.monotonic() < end:
        time.sleep(0.02)
