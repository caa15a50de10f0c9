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
        others = words.words_of_others(cachedir, path, begin, environment)
        own = words.Words()
        own.add(events)
        delta.yield_to(others, own, selected=selected, begin=begin)
        if delta.failed or delta.undone:
            merge_outstanding(cachedir, delta, write, environment)
        if delta.seen:
            merge_known(cachedir, delta, write, environment)

    closed: list[Path] = []
    for directory in journal.directories(cachedir):
        closed += retention.recover(directory, merge)
    return closed


def delta_of(events: list[Event]) -> Delta:
    """Return what a run found out, from its journal's *events*."""
    delta = Delta()
    collected: list[str] = []
    started: set[str] = set()
    selected: list[str] | None = None
    for event in events:
        nodeid = event.get("id")
        match event["event"]:
            case "file":
                collected += words.tests_of(event)
                error = event.get("error")
                if isinstance(error, dict) and isinstance(error.get("id"), str):
                    delta.failed[error["id"]] = True
            case "selected":
                selected = selected_of(event, collected)
            case "start" if isinstance(nodeid, str):
                started.add(nodeid)
            case "test" if isinstance(nodeid, str):
                if (failed := journal.verdict(event)) is not None:
                    delta.failed[nodeid] = failed
            case _:
                pass
    # A run that ended before its first test has left none behind.
    for nodeid in (*(selected or ()), *started) if started else ():
        if nodeid not in delta.failed:
            is_started = nodeid in started
            delta.undone[nodeid] = Happening.STARTED_ONLY if is_started else Happening.NOT_REACHED
    delta.seen = dict.fromkeys((*(selected or ()), *started))
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
