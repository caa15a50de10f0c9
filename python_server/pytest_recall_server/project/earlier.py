"""What the journals of earlier runs tell of tests, as far back as is sensible.  Blocking."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pytest_recall import journal
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
from pytest_recall_server.project import storage
from pytest_recall_server.project.history import Collected, History
from pytest_recall_server.project.live import collected_of

# What is read of older runs when a folder is opened.
OLD_BYTES = 32 << 20

_REMEMBERED = frozenset({"add", "replace"})


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
            if not summary.ended and storage.is_alive(path):
                living.append(path)
                continue
            # Before the results: what a run has told of a test, it told before it was killed in it.
            for node_id in summary.running - results.keys():
                killed.setdefault(node_id, unfinished(node_id, summary.last))
            for node_id, result in summary.results.items():
                results.setdefault(node_id, result)
            streaks.add_run_before(storage.run_id_of(path), summary.results.values())
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


def take_in(past: Past, history: History) -> None:
    """Let *history* know what happened to tests here."""
    history.add_old_results(past.results.values())
    history.add_old_killed(past.killed.values())
    for path, collected in past.collected.items():
        history.add_old_collected(path, collected)


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
    for event in storage.events_of(path):
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
