"""Read the cache directory.  Blocking: called in threads, except for the tail of a journal."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from pytest_recall import journal, kept, retention, store
from pytest_recall.stepread import StepState, read_state
from pytest_recall.takeup import take_up
from pytest_recall_server.model.collection import explained
from pytest_recall_server.model.imported import Into, imported_from
from pytest_recall_server.model.results import (
    Event,
    Result,
    collection_error_of,
    number,
    result_of,
    text,
    unfinished,
)
from pytest_recall_server.model.streaks import Streaks
from pytest_recall_server.project.history import NOTHING, Collected, Keys
from pytest_recall_server.project.live import collected_of

logger = logging.getLogger(__name__)

_PIECE = 1 << 18
# What is read of older runs when a folder is opened.
OLD_BYTES = 32 << 20

_REMEMBERED = frozenset({"add", "replace"})

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


def imported_into(path: str) -> Into | None:
    """Return what became of the failures of a run that was imported.

    None for a run that was made here, or is just beginning.
    """
    try:
        with open(path, "rb") as file:
            return _into(journal.decode(file.readline()) or {})
    except OSError:
        return None


def _into(event: Event) -> Into | None:
    imported = imported_from(event)
    return None if imported is None else imported.into


def imported_failures(path: str) -> Mapping[str, Result]:
    """Return the failures of an imported run that were put into the last failed ones."""
    return _summary(path).remembered()


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


@dataclass(frozen=True, kw_only=True, slots=True)
class Past:
    """What the journals of earlier runs tell."""

    results: Mapping[str, Result]
    killed: Mapping[str, Result]
    """Tests that were running when their run was killed, and of which no later run has told."""
    collected: Mapping[str, Collected]
    living: tuple[str, ...]
    """Journals of runs that are under way."""
    streaks: Streaks
    """For how many of these runs tests have failed."""
    imported: Mapping[str, Result]
    """Failures that were imported and remembered, and of which no later run has told."""


def read_past(paths: list[str]) -> Past:
    """Read journals, newest first, as far back as is sensible."""
    results: dict[str, Result] = {}
    killed: dict[str, Result] = {}
    collected: dict[str, Collected] = {}
    living: list[str] = []
    # What an older run found in a file is no longer true when a newer one could not collect it.
    broken: set[str] = set()
    imported: dict[str, Result] = {}
    streaks = Streaks()
    left = OLD_BYTES
    for path in reversed(paths):
        with contextlib.suppress(OSError):
            left -= os.path.getsize(path)
            if left < 0 and results:
                break
            summary = _summary(path)
            if summary.into is not None:
                # What others have found out is no result of a test here.
                imported = _not_told(summary.remembered(), results) | imported
                continue
            if not summary.ended and is_alive(path):
                living.append(path)
                continue
            # Before the results: what a run has told of a test, it told before it was killed in it.
            for node_id in summary.running - results.keys():
                killed.setdefault(node_id, unfinished(node_id, summary.last))
            for node_id, result in summary.results.items():
                results.setdefault(node_id, result)
            streaks.add_run_before(run_id_of(path), summary.results.values())
            for file, found in summary.collected.items():
                if file not in broken:
                    collected.setdefault(file, found)
            broken |= summary.broken
    return Past(
        results=results,
        killed=killed,
        collected=collected,
        living=tuple(reversed(living)),
        streaks=streaks,
        imported=imported,
    )


def _not_told(failures: Mapping[str, Result], results: Mapping[str, Result]) -> dict[str, Result]:
    return {node_id: each for node_id, each in failures.items() if node_id not in results}


def durations(paths: list[str], node_id: str, limit: int) -> list[float]:
    """Return how many seconds a test took in its last *limit* runs, the newest first.

    Of runs that skipped it nothing is told.
    """
    found: list[float] = []
    needle = json.dumps(node_id).encode()
    left = OLD_BYTES
    for path in reversed(paths):
        with contextlib.suppress(OSError):
            left -= os.path.getsize(path)
            if left < 0 or len(found) == limit:
                break
            lines = [line for line in Path(path).read_bytes().splitlines() if needle in line]
            if lines and imported_into(path) is not None:
                continue
            results = [result_of(event, None) for event in map(journal.decode, lines) if event]
            taken = [
                result.duration
                for result in results
                if result is not None and result.id == node_id and result.outcome != "skipped"
            ]
            # The last word of the run.
            found += [seconds for seconds in taken[-1:] if seconds is not None]
    return found


@dataclass(slots=True)
class _Summary:
    """What one journal tells."""

    results: dict[str, Result] = field(default_factory=dict)
    collected: dict[str, Collected] = field(default_factory=dict)
    broken: set[str] = field(default_factory=set)
    """Files that could not be collected."""
    ended: bool = False
    running: set[str] = field(default_factory=set)
    """Tests that had begun and were not over when the run was killed."""
    last: float | None = None
    """When the run said something last."""
    into: Into | None = None
    """What became of the failures of a run that was imported; None: the run was made here."""

    def remembered(self) -> Mapping[str, Result]:
        """Return the imported failures that were put into the last failed ones."""
        if self.into not in _REMEMBERED:
            return {}
        return {node_id: each for node_id, each in self.results.items() if each.failing}


def _summary(path: str) -> _Summary:
    summary = _Summary()
    when: float | None = None
    status: object = None
    for event in events_of(path):
        match event.get("event"):
            case "run":
                when = summary.last = number(event.get("time"))
                summary.into = _into(event)
            case "file":
                _sum_up_file(summary, event, when)
            case "start":
                summary.running.add(text(event.get("id")) or "")
            case "test":
                _sum_up_test(summary, event, when)
            case "end":
                summary.ended, status = True, event.get("status")
            case _:
                pass
    if status is not None:
        # A run that was killed has not told its own end.
        summary.running.clear()
    return summary


def _sum_up_test(summary: _Summary, event: Event, when: float | None) -> None:
    if (result := result_of(event, when)) is not None:
        summary.results[result.id] = result
        summary.running.discard(result.id)
        summary.last = result.when


def _sum_up_file(summary: _Summary, event: Event, when: float | None) -> None:
    file = text(event.get("path"))
    if (error := collection_error_of(event, when)) is not None:
        summary.results[error.id] = explained(error)
        summary.broken.add(file or error.id)
    elif file is not None:
        summary.collected[file] = collected_of(event, when or 0.0)


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
