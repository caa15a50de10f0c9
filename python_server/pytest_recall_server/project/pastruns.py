"""The runs that are remembered, read from the two ends of their journals.  Blocking."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_recall import journal
from pytest_recall_server.errors import HumanError
from pytest_recall_server.model.pastruns import PastRun, RunTold, is_newer, past_run, told_by
from pytest_recall_server.model.results import Event
from pytest_recall_server.project import storage

PIECE = 4096
MOST_OF_A_LINE = 1 << 20
"""The first line holds the arguments, which may be many; a longer one is not read."""


class PastRuns:
    """Lists the runs of one root; what is over is not read again."""

    def __init__(self, cache_dir: str) -> None:
        self._cache_dir = cache_dir
        self._known: dict[str, PastRun] = {}
        """By the path of the journal: runs that are over."""

    def newest(self, limit: int) -> tuple[list[PastRun], int]:
        """Return the newest *limit* runs, and how many there are.

        A journal without a whole first line, and one of a newer format, is none.
        """
        paths = storage.journals(self._cache_dir)
        runs: list[PastRun] = []
        known: dict[str, PastRun] = {}
        for path in reversed(paths):
            if len(runs) == limit:
                break
            run = self._known.get(path) or run_of(path)
            if run.format != "known":
                continue
            runs.append(run)
            if run.state != "running":
                known[path] = run
        self._known = known
        return runs, max(len(paths), len(runs))

    def told(self, run_id: str) -> tuple[PastRun, RunTold]:
        """Return a run with what it told of tests; raise ``HumanError`` where it is gone."""
        for path in storage.journals(self._cache_dir):
            if storage.run_id_of(path) == run_id and (run := run_of(path)).format == "known":
                return run, told(run)
        raise HumanError("This run is not remembered any more: its journal was removed.")


def with_counts(run: PastRun, counts: Mapping[str, int]) -> PastRun:
    """Return a run under way with what it has told by now."""
    return replace(run, counts=dict(counts)) if run.state == "running" else run


def all_runs(cache_dir: str) -> list[PastRun]:
    """Return all runs, also those that cannot be read, the newest first."""
    return [run_of(path) for path in reversed(storage.journals(cache_dir))]


def newer_journals(cache_dir: str) -> list[str]:
    """Return the paths of journals in a format of a newer version."""
    return [path for path in storage.journals(cache_dir) if is_newer(_ends(path)[0] or {})]


def run_of(path: str) -> PastRun:
    """Return the run of one journal."""
    first, last = _ends(path)
    lives = last is None and storage.is_alive(path)
    return past_run(storage.run_id_of(path), first, last, lives=lives, path=path)


def told(run: PastRun) -> RunTold:
    """Return what the whole journal of *run* tells, as far as it can be read."""
    return told_by(_events_of(run.path))


def _events_of(path: str) -> Iterator[Event]:
    with contextlib.suppress(OSError):
        yield from storage.events_of(path)


def _ends(path: str) -> tuple[Event | None, Event | None]:
    """Return the first event of a journal, and its ``end`` event if that is the last one."""
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None, None
    try:
        return _first(descriptor), _end(descriptor)
    except OSError:
        return None, None
    finally:
        os.close(descriptor)


def _first(descriptor: int) -> Event | None:
    data = b""
    while b"\n" not in data and len(data) < MOST_OF_A_LINE:
        piece = os.read(descriptor, PIECE)
        if not piece:
            return None
        data += piece
    return journal.decode(data.partition(b"\n")[0])


def _end(descriptor: int) -> Event | None:
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, max(0, size - PIECE), os.SEEK_SET)
    # What a torn last line says is not complete.
    lines = os.read(descriptor, PIECE).rpartition(b"\n")[0].split(b"\n")
    event = journal.decode(lines[-1]) if b'"end"' in lines[-1] else None
    return event if event is not None and event["event"] == "end" else None
