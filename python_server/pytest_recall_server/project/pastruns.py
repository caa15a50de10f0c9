"""The runs that are remembered, newest first, without reading journals whole.  Blocking."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace

from pytest_recall import journal
from pytest_recall_server.errors import HumanError
from pytest_recall_server.model.pastruns import PastRun, past_run, results_of_run
from pytest_recall_server.model.results import Event, Result
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
            run = self._known.get(path) or _read(path)
            if run is None:
                continue
            runs.append(run)
            if run.state != "running":
                known[path] = run
        self._known = known
        return runs, max(len(paths), len(runs))

    def results(self, run_id: str) -> tuple[PastRun, tuple[Result, ...]]:
        """Return a run with the results of its tests; raise ``HumanError`` where it is gone."""
        for path in storage.journals(self._cache_dir):
            if storage.run_id_of(path) == run_id and (run := _read(path)) is not None:
                lives = run.state == "running"
                return run, results_of_run(storage.events_of(path), lives=lives)
        raise HumanError("This run is not remembered any more: its journal was removed.")


def with_counts(run: PastRun, counts: Mapping[str, int]) -> PastRun:
    """Return a run under way with what it has told by now."""
    return replace(run, counts=dict(counts)) if run.state == "running" else run


def _read(path: str) -> PastRun | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    except OSError:
        return None
    try:
        first, last = _first(descriptor), _last(descriptor)
    except OSError:
        return None
    finally:
        os.close(descriptor)
    if first is None or not journal.understands([dict(first)]):
        return None
    lives = last is None and storage.is_alive(path)
    return past_run(storage.run_id_of(path), first, last, lives=lives)


def _first(descriptor: int) -> Event | None:
    data = b""
    while b"\n" not in data and len(data) < MOST_OF_A_LINE:
        piece = os.read(descriptor, PIECE)
        if not piece:
            return None
        data += piece
    return journal.decode(data.partition(b"\n")[0])


def _last(descriptor: int) -> Event | None:
    """Return the ``end`` event, if the last line is one."""
    size = os.fstat(descriptor).st_size
    os.lseek(descriptor, max(0, size - PIECE), os.SEEK_SET)
    lines = os.read(descriptor, PIECE).split(b"\n")
    last = lines[-2] if len(lines) > 1 and not lines[-1] else b""
    event = journal.decode(last) if b'"end"' in last else None
    return event if event is not None and event["event"] == "end" else None
