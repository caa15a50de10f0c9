"""Write what was imported as a run of ours: a journal that says so."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pytest_recall import journal, retention
from pytest_recall.journal import Event
from pytest_recall.journalwriter import Writer
from pytest_recall_server import __version__
from pytest_recall_server.imports.bodies import Matched
from pytest_recall_server.imports.grouping import decisive_first, grouped, reason_of
from pytest_recall_server.imports.reported import Reported
from pytest_recall_server.imports.traces import places_in
from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.imported import ImportedFrom
from pytest_recall_server.project.placing import Placing


def write_run(cachedir: Path, rootdir: str, source: ImportedFrom, events: list[Event]) -> str:
    """Write the journal of an imported run and return its id; raises OSError.

    It appears under its name once it is whole, so that nobody follows half of it.
    """
    run_id = journal.new_run_id()
    directory = journal.runs_directory(cachedir)
    temporary = directory / f".{run_id}.tmp"
    begin = _begin(run_id, rootdir, source)
    writer = Writer(temporary, begin)
    try:
        for event in [_selected(events), *events, _end(events)]:
            writer.write(event)
        writer.close()
        _check(writer)
        os.replace(temporary, directory / f"{run_id}{journal.SUFFIX}")
    except BaseException:
        writer.close()
        temporary.unlink(missing_ok=True)
        raise
    retention.remove_old(directory)
    return run_id


def _check(writer: Writer) -> None:
    if writer.problem is not None:
        raise writer.problem


def remove_run(cachedir: Path, run_id: str) -> None:
    """Remove the journal of a run that came to nothing."""
    path = journal.runs_directory(cachedir) / f"{run_id}{journal.SUFFIX}"
    path.unlink(missing_ok=True)


def _begin(run_id: str, rootdir: str, source: ImportedFrom) -> Event:
    return {
        "event": "run",
        "format": journal.FORMAT,
        "run": run_id,
        "pid": os.getpid(),
        "time": journal.now(),
        "rootdir": rootdir,
        "cwd": os.getcwd(),
        "args": [],
        # To readers that do not know imports it is a run that has changed nothing.
        "selection": ["readonly"],
        "cures": [],
        "versions": {"recall": __version__},
        "workers": 0,
        "imported": source.member(),
    }


def _selected(events: list[Event]) -> Event:
    tests = sum(event["event"] == "test" for event in events)
    return {"event": "selected", "time": journal.now(), "selected": tests, "deselected": 0}


def _end(events: list[Event]) -> Event:
    counts = retention.counts_of(events)
    failed = any(event["event"] == "file" for event in events) or not journal.FAILURES.isdisjoint(
        counts
    )
    told = [seconds for event in events for seconds in _seconds(event)]
    return {
        "event": "end",
        "status": int(failed),
        "interrupted": False,
        "counts": counts,
        # Logs do not say how long tests took.
        "duration": sum(told) if told else None,
        "time": journal.now(),
    }


def _seconds(event: Event) -> list[float]:
    duration = event.get("duration")
    values = duration.values() if isinstance(duration, Mapping) else ()
    return [value for value in values if isinstance(value, int | float)]


def events_of(matched: Iterable[Matched], rootdir: str, now: float) -> Iterator[Event]:
    """Yield one event for each test, in the order of the source; *now* is when it was imported."""
    placing = Placing(rootdir)
    for node_id, said in grouped(matched).items():
        yield _event(node_id, said, placing, now)


def _event(node_id: str, said: list[Reported], placing: Placing, now: float) -> Event:
    decisive, *others = decisive_first(said)
    if decisive.event is not None:
        return _retold(node_id, decisive, now)
    if decisive.collects:
        error = {"id": node_id} | _reason(node_id, decisive, placing)
        return {"event": "file", "path": path_of(node_id), "error": error}
    seconds = next((each.duration for each in said if each.duration is not None), None)
    event: Event = {
        "event": "test",
        "id": node_id,
        "time": decisive.when or now,
        "outcome": decisive.outcome,
        "duration": {} if seconds is None else {"call": seconds},
    }
    if decisive.failing:
        event |= {"phase": decisive.phase} if decisive.phase else {}
        event |= _reason(node_id, decisive, placing)
        event |= _others(node_id, decisive, others, placing)
    elif decisive.message:
        event["message"] = decisive.message
    for name in ("stdout", "stderr", "log"):
        texts = (getattr(each, name) for each in said)
        if (text := next(filter(None, texts), None)) and decisive.failing:
            event[name] = text
    return event


def _retold(node_id: str, reported: Reported, now: float) -> Event:
    event = dict(reported.event or {})
    if event.get("event") == "file":
        error = event.get("error")
        told = {**error, "id": node_id} if isinstance(error, Mapping) else {"id": node_id}
        return {"event": "file", "path": path_of(node_id), "error": told}
    return {**event, "id": node_id, "time": reported.when or now}


def _reason(node_id: str, reported: Reported, placing: Placing) -> Event:
    """Return message, place, statement, frames and traceback as far as the source tells them."""
    text = reported.longrepr or ""
    reason: Event = {}
    if message := reason_of(reported):
        reason["message"] = message
    own = path_of(node_id)
    frames = placing.frames(places_in(text), own)
    inside = [frame for frame in frames if frame[0] == own] or frames
    if inside:
        path, entry = inside[-1]
        reason["place"] = {"path": path, "line": entry.line}
        if entry.statement:
            reason["statement"] = entry.statement
        reason["frames"] = [
            {"path": where, "line": each.line, "name": each.name} for where, each in frames
        ]
    if text:
        reason["longrepr"] = text
    return reason


def _others(node_id: str, decisive: Reported, others: list[Reported], placing: Placing) -> Event:
    """Return what else went wrong in the same test."""
    failed = [each for each in (decisive, *others) if each.subtest]
    subtests = [
        {"description": each.subtest} | _short(_reason(node_id, each, placing)) for each in failed
    ]
    errors = [
        {"phase": each.phase or "call"} | _reason(node_id, each, placing)
        for each in others
        if not each.subtest and (each.phase, each.message) != (decisive.phase, decisive.message)
    ]
    found: Event = {"subtests": subtests} if subtests else {}
    return found | ({"errors": errors} if errors else {})


def _short(reason: Event) -> Event:
    return {name: value for name, value in reason.items() if name in {"message", "place"}}
