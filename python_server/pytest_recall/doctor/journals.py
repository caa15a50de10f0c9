"""Find what is wrong with run journals, and mend them."""

from __future__ import annotations

import contextlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from pytest_recall import journal, retention
from pytest_recall.doctor.entries import entry_of
from pytest_recall.doctor.findings import Finding, Place, Repair
from pytest_recall.journal import Event
from pytest_recall.salvage import ASIDE, DAMAGED, keep_aside, set_aside
from pytest_recall.takeup import take_up

DAMAGED_JOURNAL = "damaged-journal"
MISNAMED = "misnamed-journal"
TORN = "torn-journal"
DEAD = "dead-run"
NEWER = "newer-journal"


@dataclass(frozen=True)
class Lines:
    """The lines of a journal."""

    whole: tuple[bytes, ...]
    events: tuple[Event, ...]
    """The event of each whole line."""
    damaged: tuple[bytes, ...]
    """Lines that hold no event, without one that a kill has torn and that was closed since."""
    torn: bytes
    """What stands behind the last newline."""

    @property
    def first_is_missing(self) -> bool:
        """Whether there are events, but not the one that says which run they are of."""
        first = self.events[0] if self.events else None
        if first is None or first["event"] == "end":
            return False
        return first["event"] != "run" or not isinstance(first.get("format"), int)

    @property
    def format(self) -> int:
        """The number of the format, also from a first line that is damaged; 0 if there is none."""
        first = self.events[0] if self.events else {}
        told = first.get("format") if first.get("event") == "run" else None
        if not isinstance(told, int) and self.damaged:
            told = _scraped(self.damaged[0], "format")
        return told if isinstance(told, int) else 0


def lines_of(data: bytes) -> Lines:
    """Part the content of a journal into what can be read and what cannot."""
    whole: list[bytes] = []
    events: list[Event] = []
    damaged: list[bytes] = []
    torn_before = -1
    *lines, torn = data.split(b"\n")
    for line in lines:
        event = journal.decode(line) if line else None
        if event is not None:
            # Who closes a dead run ends its torn last line first: that is how it is meant to be.
            if torn_before == len(whole) and _closes(event, events):
                damaged.pop()
            whole.append(line)
            events.append(event)
        elif line:
            damaged.append(line)
            torn_before = len(whole)
    return Lines(tuple(whole), tuple(events), tuple(damaged), torn)


def _closes(event: Event, before: list[Event]) -> bool:
    """Tell whether *event* is the `end` that is written for a run found dead."""
    if event["event"] != "end":
        return False
    is_found_dead = bool(event.get("interrupted")) and event.get("status") is None
    return is_found_dead or any(each["event"] == "end" for each in before[-1:])


def examine_journals(place: Place) -> Iterator[Finding]:
    """Yield what is wrong with the journals that no living run is writing."""
    for directory in journal.directories(place.cachedir):
        for path in _journals_in(directory):
            yield from _examine(place, path)


def _journals_in(directory: Path) -> list[Path]:
    try:
        names = sorted(os.listdir(directory))  # noqa: PTH208 - only names are needed
    except OSError:
        return []
    found = [directory / name for name in names if name.endswith(journal.SUFFIX)]
    return [
        path
        for path in found
        if not ASIDE.match(path.name) and (entry := entry_of(path)) is not None and entry.is_file
    ]


def _examine(place: Place, path: Path) -> Iterator[Finding]:
    name = place.relative(path)
    if not is_run_id(path.stem):
        message = "its name is no run id, so no run and no editor reads it"
        yield Finding(MISNAMED, name, message, "named after the run in it, or else set aside")
        return
    if retention.is_alive(path):
        return
    try:
        lines = lines_of(path.read_bytes())
    except OSError:
        # What cannot be read is told of by its mode and owner.
        return
    if lines.format > journal.FORMAT:
        message = f"is in format {lines.format} of a newer Pytest Recall and is left alone"
        yield Finding(NEWER, name, message, level="note")
        return
    if lines.damaged or lines.first_is_missing:
        yield Finding(DAMAGED_JOURNAL, name, _damage(lines), "rewritten without them, a copy kept")
    if not retention.has_end(path) or lines.torn:
        yield _dead(name, lines)


def _damage(lines: Lines) -> str:
    if lines.first_is_missing and not lines.damaged:
        return "its first line, which says which run it is of, is missing"
    count = len(lines.damaged)
    first = ", the first among them" if lines.first_is_missing else ""
    return (
        f"{count} damaged {'line' if count == 1 else 'lines'} of {count + len(lines.whole)}{first}"
    )


def _dead(name: str, lines: Lines) -> Finding:
    ids = {str(event.get("id")) for event in lines.events if event["event"] == "test"}
    found = f"{len(ids)} {'result' if len(ids) == 1 else 'results'}"
    if lines.torn:
        message = f"its last line is torn: the run was killed; it holds {found}"
        return Finding(TORN, name, message, "closed, its results remembered")
    message = f"the run was killed and is not taken up yet; it holds {found}"
    return Finding(DEAD, name, message, "closed, its results remembered")


def is_run_id(name: str) -> bool:
    """Tell whether *name* is a run id, as `journal.journals` sees it."""
    return journal.pid_of(name) is not None


def mend_journal(place: Place, finding: Finding) -> Repair:
    """Rename a misnamed journal, or rewrite a damaged one; raises OSError.

    The caller holds the cache directory's lock.
    """
    path = place.absolute(finding.path)
    if finding.kind == MISNAMED:
        return Repair(finding, _rename(place, path))
    if retention.is_alive(path):
        return Repair(finding, error="a run is writing it now")
    status = path.stat()
    lines = lines_of(path.read_bytes())
    content = list(lines.whole)
    if lines.first_is_missing:
        has_run = lines.events[0]["event"] == "run"
        raw = lines.whole[0] if has_run else b"".join(lines.damaged[:1])
        content[: int(has_run)] = [journal.encode(_first_event(path.stem, raw)).rstrip()]
    aside = keep_aside(path, DAMAGED)
    _write(path, b"".join(line + b"\n" for line in content) + lines.torn)
    # How old a run is, and whether it reached into another's time, is told by the file's time.
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    return Repair(finding, f"{len(content)} lines kept; the original is {aside.name}")


def _rename(place: Place, path: Path) -> str:
    events = journal.read(path)
    run = events[0].get("run") if journal.understands(events) else None
    if isinstance(run, str) and "/" not in run and "\\" not in run and is_run_id(run):
        target = path.with_name(run + journal.SUFFIX)
        with contextlib.suppress(FileExistsError):
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            os.replace(path, target)  # noqa: PTH105 - as everywhere
            return f"is {place.relative(target)} now"
    return f"set aside as {set_aside(path).name}"


def _write(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{os.urandom(4).hex()}.tmp")
    descriptor = os.open(
        temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
    )
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        os.replace(temporary, path)  # noqa: PTH105 - as everywhere
    except OSError:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _first_event(run: str, raw: bytes) -> Event:
    """Return the `run` event of the run with the id *run*, from what is left of it in *raw*."""
    event: Event = {"event": "run", "format": journal.FORMAT, "run": run}
    event["pid"] = journal.pid_of(run)
    event["time"] = _time_of(run)
    for name in ("rootdir", "cwd", "args", "selection", "environment"):
        value = _scraped(raw, name)
        if value is not None:
            event[name] = value
    return event


def _scraped(raw: bytes, name: str) -> object:
    """Return the member *name* of the damaged line *raw*, None if it is not whole."""
    value = rb'"(?:[^"\\]|\\.)*"'
    pattern = rb'"%s":(%s|\d+|\[(?:%s,?)*\])' % (name.encode(), value, value)
    match = re.search(pattern, raw)
    try:
        return json.loads(match[1]) if match else None
    except ValueError:
        return None


def _time_of(run: str) -> float:
    with contextlib.suppress(ValueError):
        moment = datetime.strptime(run.partition("-")[0] + "+0000", "%Y%m%dT%H%M%S.%fZ%z")
        return moment.timestamp()
    return 0.0


def take_up_dead(place: Place, findings: list[Finding]) -> list[Repair]:
    """Close dead runs and merge what they know; the lock must not be held, merging takes it."""
    if not findings:
        return []
    take_up(place.cachedir)
    repairs: list[Repair] = []
    for finding in findings:
        path = place.absolute(finding.path)
        if not path.exists() or (retention.has_end(path) and not _is_torn(path)):
            repairs.append(Repair(finding, "closed, its results remembered"))
        else:
            repairs.append(Repair(finding, error="it could not be merged and closed"))
    return repairs


def _is_torn(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 1))
            return file.read() not in {b"", b"\n"}
    except OSError:
        return True
