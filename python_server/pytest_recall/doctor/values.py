"""Find values that cannot be read or used, and rebuild them from what is left and from journals."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from pytest_recall import journal, salvage, store, words
from pytest_recall.doctor.entries import Entry, entries_of, entry_of
from pytest_recall.doctor.findings import Finding, Place, Repair
from pytest_recall.doctor.shapes import Key, key_of, problem_of, version_of
from pytest_recall.store import VALUES, Reading

DAMAGED_VALUE = "damaged-value"
WRONG_TYPE = "wrong-type"
NEWER_VALUE = "newer-value"

SETTLES = 2.0
"""Seconds after which a file that stock pytest writes in place is surely whole."""


def examine_values(place: Place) -> Iterator[Finding]:
    """Yield the values that cannot be read as JSON, and those of ours that are of a wrong shape."""
    for entry, key in value_files(place):
        reading = _settled(entry)
        name = place.relative(entry.path)
        if reading.error:
            # What cannot be opened is told of by its mode and owner.
            continue
        if reading.problem:
            yield Finding(DAMAGED_VALUE, name, reading.problem, _promise(key))
            continue
        version = version_of(key.role, reading.value)
        if version > 1:
            message = f"is in version {version} of a newer Pytest Recall and is left alone"
            yield Finding(NEWER_VALUE, name, message, level="note")
            continue
        problem = problem_of(key.role, reading.value)
        if problem:
            yield Finding(WRONG_TYPE, name, problem, _promise(key))


def value_files(place: Place) -> Iterator[tuple[Entry, Key]]:
    """Yield the files that hold values, with their keys."""
    values = place.cachedir / VALUES
    for entry in entries_of(place.cachedir):
        skipped = entry.is_link or entry.is_aside or entry.is_temporary or not entry.is_file
        if skipped or values not in entry.path.parents:
            continue
        name = entry.path.relative_to(values)
        # A folder in the place of a value is told of as such, and what it holds is no value.
        if all(key_of(folder.as_posix()).role == "other" for folder in name.parents):
            yield entry, key_of(name.as_posix())


def _settled(entry: Entry) -> Reading:
    """Read a value; one that stock pytest is just writing in place is given the time to."""
    reading = store.read_json(entry.path)
    tries = 5
    while reading.problem and tries and entry.age < SETTLES:
        time.sleep(0.02)
        reading = store.read_json(entry.path)
        tries -= 1
    return reading


def _promise(key: Key) -> str:
    match key.role:
        case "failed" | "known":
            return "set aside and rebuilt from what is left of it and from the journals"
        case "unfinished" | "saved" | "stepwise":
            return "set aside and rebuilt from what is left of it"
        case "passed" | "other":
            return "set aside, so that it can be written anew"


def mend_value(place: Place, finding: Finding) -> Repair:
    """Set a value aside and write what can be saved of it; raises OSError.

    The caller holds the cache directory's lock.
    """
    path = place.absolute(finding.path)
    key = key_of(path.relative_to(place.cachedir / VALUES).as_posix())
    reading = store.read_json(path)
    if not reading.exists or not (reading.problem or problem_of(key.role, reading.value)):
        return Repair(finding, "has been written anew by a run")
    value = rebuilt(place, key, path, reading)
    if value is None:
        return Repair(finding, f"set aside as {salvage.set_aside(path).name}")
    aside = salvage.keep_aside(path, salvage.DAMAGED)
    store.replace_text(path, store.dump(value))
    return Repair(finding, f"{_saved(value)}; the original is {aside.name}")


def rebuild_missing(place: Place, path: Path, data: bytes) -> str:
    """Write the value of *path*, which was set aside, from *data* and journals; raises OSError.

    Returns what was saved, empty if nothing is known.
    """
    values = place.cachedir / VALUES
    if values not in path.parents or entry_of(path) is not None:
        return ""
    key = key_of(path.relative_to(values).as_posix())
    value = rebuilt(place, key, path, Reading(exists=True), data)
    if not value:
        return ""
    store.replace_text(path, store.dump(value))
    return _saved(value)


def rebuilt(
    place: Place, key: Key, path: Path, reading: Reading, data: bytes | None = None
) -> object:
    """Return what the value of *key* is to be, None if nothing can be known of it."""
    if data is None:
        data = _bytes(path)
    directories = journal.directories(place.cachedir)
    match key.role:
        case "failed" | "saved":
            told = {}
            if key.role == "failed":
                told = salvage.failures_from_journals(directories, key.environment)
            stored = store.as_lastfailed(reading.value)
            if stored is None:
                return salvage.rebuilt_lastfailed(data, told)
            return store.merged_lastfailed(stored, told)
        case "known":
            stored_ids = store.as_nodeids(reading.value)
            ids = salvage.salvaged_ids(data) if stored_ids is None else stored_ids
            return sorted({*ids, *_collected(place, key.environment)})
        case "unfinished":
            failed = _failed(place, key.environment)
            ids = [nodeid for nodeid in salvage.salvaged_ids(data) if nodeid not in failed]
            return {"version": 1, "ids": ids}
        case "stepwise":
            return _stepwise(reading.value)
        case "passed" | "other":
            return None


def _stepwise(value: object) -> object:
    last_failed = value.get("last_failed") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(last_failed, str):
        return None
    count = value.get("last_test_count")
    return {
        "last_failed": last_failed,
        "last_test_count": count if isinstance(count, int) else None,
        "last_cache_date_str": datetime.now().isoformat(),  # noqa: DTZ005 - pytest's format
    }


def _collected(place: Place, environment: str) -> set[str]:
    found: set[str] = set()
    for directory in journal.directories(place.cachedir):
        for path in journal.journals(directory):
            events = journal.read(path)
            if words.is_remembered(events, environment):
                for event in events:
                    if event["event"] == "file":
                        found.update(journal.tests_of(event))
    return found


def _failed(place: Place, environment: str) -> set[str]:
    key = store.key_in(environment, store.LASTFAILED)
    reading = store.read_json(store.value_path(place.cachedir, key))
    return set(store.as_lastfailed(reading.value) or ())


def _saved(value: object) -> str:
    ids = value.get("ids", value) if isinstance(value, dict) else value
    count = len(ids) if isinstance(ids, list | dict) else 0
    if isinstance(value, dict) and "last_failed" in value:
        return "its place is kept"
    return f"{count} node {'id' if count == 1 else 'ids'} saved"


def _bytes(path: Path) -> bytes:
    with contextlib.suppress(OSError):
        return path.read_bytes()
    return b""
