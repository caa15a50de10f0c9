"""Take up dead runs: remember what runs found out that were killed before they could."""

from __future__ import annotations

import functools
import os
from pathlib import Path

from pytest_recall import journal, retention, store, words
from pytest_recall.journal import Event
from pytest_recall.merging import Delta, merge_known, merge_outstanding
from pytest_recall.outstanding import Happening


def take_up(cachedir: Path) -> list[Path]:
    """Merge the journals of dead runs of *cachedir* into its keys, close them and return them.

    A journal that cannot be merged now is left for whoever comes next.
    """
    if not os.access(cachedir, os.W_OK):
        return []
    write = functools.partial(store.write_value, cachedir)

    def merge(path: Path, events: list[Event]) -> None:
        if not words.is_remembered(events):
            return
        environment = words.environment_of(events)
        begin, selected = times_of(events)
        delta = delta_of(events)
        own = words.Words()
        own.add(events)

        def yield_to_others() -> None:
            others = words.words_of_others(cachedir, path, begin, environment)
            delta.yield_to(others, own, selected=selected, begin=begin)

        if delta.failed or delta.undone:
            merge_outstanding(cachedir, delta, write, environment, before=yield_to_others)
        if delta.seen:
            merge_known(cachedir, delta, write, environment)

    closed: list[Path] = []
    for directory in journal.directories(cachedir):
        closed += retention.recover(directory, merge)
    return closed


def delta_of(events: list[Event]) -> Delta:
    """Return what a run found out, from its journal's *events*."""
    told = _Told(journal.cures_of(events))
    for event in events:
        told.add(event)
    return told.delta()


class _Told:
    """What one journal tells, event by event."""

    def __init__(self, cures: list[str]) -> None:
        self._cures = cures
        self._collected: list[str] = []
        self._selected: list[str] = []
        self._begun: dict[str, float] = {}
        """Id → when the test began at the earliest."""
        self._failed: dict[str, bool] = {}
        self._skipped: set[str] = set()
        self._last = 0.0

    def add(self, event: Event) -> None:
        """Take the next event."""
        nodeid, time, error = event.get("id"), event.get("time"), event.get("error")
        self._last = float(time) if isinstance(time, int | float) else self._last
        match event["event"]:
            case "file":
                self._collected += journal.tests_of(event)
                if isinstance(error, dict) and isinstance(error.get("id"), str):
                    self._failed[error["id"]] = True
            case "selected":
                self._selected = selected_of(event, self._collected)
            case "start" if isinstance(nodeid, str):
                self._begun[nodeid] = self._last
                if self._failed.get(nodeid) is False:
                    # It runs again, and so has not ended.
                    del self._failed[nodeid]
            case "test" if isinstance(nodeid, str):
                self._end(nodeid, event)
            case _:
                pass

    def _end(self, nodeid: str, event: Event) -> None:
        failed = journal.verdict(event, self._cures)
        if failed is not None:
            self._failed[nodeid] = failed
        elif event.get("outcome") == "skipped":
            self._skipped.add(nodeid)

    def delta(self) -> Delta:
        """Return all of it."""
        # A run that ended before its first test has left none behind.
        scheduled = dict.fromkeys((*self._selected, *self._begun)) if self._begun else {}
        delta = Delta(
            self._failed,
            {
                nodeid: Happening.STARTED_ONLY if nodeid in self._begun else Happening.NOT_REACHED
                for nodeid in scheduled
                if nodeid not in self._failed and nodeid not in self._skipped
            },
        )
        delta.begun = self._begun
        delta.skipped = self._skipped
        delta.seen = dict.fromkeys((*self._selected, *self._begun))
        delta.cures = self._cures
        return delta


def selected_of(event: Event, collected: list[str]) -> list[str]:
    """Return the ids that a `selected` event selects of those *collected* before it."""
    ids, without = event.get("ids"), event.get("without")
    if isinstance(ids, list):
        return [nodeid for nodeid in ids if isinstance(nodeid, str)]
    if isinstance(without, list):
        left_out = {nodeid for nodeid in without if isinstance(nodeid, str)}
        return [nodeid for nodeid in collected if nodeid not in left_out]
    return collected


def times_of(events: list[Event]) -> tuple[float, float]:
    """Return when the run of *events* began and when it had selected its tests."""
    begin = selected = 0.0
    for event in events:
        time = event.get("time")
        if event["event"] in {"run", "selected"} and isinstance(time, int | float):
            begin = begin or float(time)
            selected = float(time)
    return begin, selected
