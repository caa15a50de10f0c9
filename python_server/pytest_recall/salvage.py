"""Save what a damaged value still holds: its whole ids, its file, and what journals know of it.

Nothing here imports pytest: a run, the doctor and the language server all call it.
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timezone
from pathlib import Path

from pytest_recall import journal, store, words
from pytest_recall.journal import Event
from pytest_recall.nodeids import ancestors, is_python_test, path_of, without_parameters

DAMAGED = "damaged"
REPLACED = "replaced"
ASIDE = re.compile(
    rf"^(?P<name>.+)\.(?P<why>{DAMAGED}|{REPLACED})-(?P<time>\d{{8}}T\d{{6}}Z)(-\d+)?$"
)
"""The name of a file that was set aside: what it was called, why, and when (UTC)."""

# A string is the id of an entry if it stands where an entry begins, and if what follows is `true`
# (or what damage has left of it), the next entry, the end of the list, or the end of what is there.
# One damaged byte before or behind an id does not lose it. Lengths of white space are bounded so
# that no content makes the search slow.
ENTRY = re.compile(
    rb'(?:\A[^"]?|[\[{,\n]|true.)[ \t\r\n]{0,16}'
    rb'(?P<text>"[^"\\\x00-\x1f]*(?:\\[\x20-\x7e][^"\\\x00-\x1f]*)*")'
    rb"[ \t\r\n]{0,16}"
    rb"(?::[ \t\r\n]{0,16}(?P<value>[^,}\s]*)|[^:](?=[ \t]?true)"
    rb'|(?=,|\Z|\](?!")|[^\]:]?[ \t]*(?:[\r\n}"]|\](?!")|\Z)))',
    re.DOTALL,
)
NO_FAILURE = re.compile(rb'f(a(l(se?)?)?)?|n(u(ll?)?)?|-?[\d.]+|["\[{](?!true).*', re.DOTALL)
"""The values, whole or cut, that are seen not to be `true`."""
OWN_NAMES = frozenset({"version", "ids"})


def salvaged_ids(data: bytes) -> list[str]:
    """Return the whole node ids in *data*, in order and each once; any bytes are welcome.

    *data* is what is left of `cache/lastfailed`, `cache/nodeids` or `recall/unfinished`, indented
    or compact. An id counts as whole if both its quotes are there and it stands where an entry
    would; nothing before the damage is lost, and behind it entries are recognised again.
    """
    found: dict[str, None] = {}
    position = 0
    while match := ENTRY.search(data, position):
        # What follows an id may be what the next one is recognised by, so it is looked at again.
        position = match.end("text")
        nodeid = _decoded(match["text"])
        if nodeid and _is_id(nodeid, match):
            found[nodeid] = None
    return list(found)


def _is_id(nodeid: str, match: re.Match[bytes]) -> bool:
    value = match["value"]
    if nodeid in OWN_NAMES:
        # A folder may be called so, but then all of its entry must be there to tell.
        return value == b"true" or (value is None and match.end() < len(match.string))
    return value is None or not NO_FAILURE.fullmatch(value)


def _decoded(text: bytes) -> str:
    """Return the JSON string *text*, empty if it is none."""
    try:
        value = json.loads(text.decode("utf-8"))
    except ValueError:
        return ""
    return value if isinstance(value, str) else ""


def set_aside(path: Path, why: str = DAMAGED) -> Path:
    """Rename *path* to `<name>.<why>-<UTC time>[-n]` beside it, over nothing; raises OSError."""
    target = _reserve(path, why)
    try:
        if path.is_dir() and not path.is_symlink():
            # A folder cannot take the place of a file.
            target.unlink()
        os.replace(path, target)  # noqa: PTH105 - `Path.replace` is what tests patch
    except OSError:
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    return target


def keep_aside(path: Path, why: str) -> Path:
    """Keep what is in *path* under the name `set_aside` would give it, and let *path* stay.

    *path* is then to be replaced, not written to: where it can be, the other name is a hard link,
    so that a full disk does not matter. Raises OSError.
    """
    for target in _names_aside(path, why):
        try:
            os.link(path, target, follow_symlinks=False)
        except FileExistsError:
            continue
        except (OSError, NotImplementedError):
            break
        return target
    data = path.read_bytes()
    target = _reserve(path, why)
    try:
        target.write_bytes(data)
    except OSError:
        with contextlib.suppress(OSError):
            target.unlink()
        raise
    return target


def _reserve(path: Path, why: str) -> Path:
    """Create an empty file under the first free name, so that nobody else takes the name."""
    # What is to be renamed must be there, or an empty file would be left behind.
    path.lstat()
    for target in _names_aside(path, why):
        with contextlib.suppress(FileExistsError):
            os.close(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            break
    return target


def _names_aside(path: Path, why: str) -> Iterator[Path]:
    stem = f"{path.name}.{why}-{datetime.now(timezone.utc):%Y%m%dT%H%M%SZ}"
    yield path.with_name(stem)
    for number in itertools.count(2):
        yield path.with_name(f"{stem}-{number}")


def failures_from_journals(directories: Iterable[Path], environment: str = "") -> dict[str, bool]:
    """Return the last word of the journals in *directories* on each test: id → failed.

    Only runs under *environment* that change what is remembered have a say. A test that is gone
    from a file which was collected whole since, and what could be collected after all, are said
    not to be failed.
    """
    last = _LastWords()
    timed: list[tuple[float, Event]] = []
    for directory in directories:
        for path in journal.journals(directory):
            timed += _timed_events(journal.read(path), environment)
    timed.sort(key=lambda each: each[0])
    for _time, event in timed:
        last.add(event)
    return last.failed


def rebuilt_lastfailed(data: bytes, told: Mapping[str, bool]) -> dict[str, bool]:
    """Return `cache/lastfailed` as the damaged *data* and the journals' last words have it.

    What the journals say decides (*told*: id → failed); what *data* alone holds stays failed.
    """
    return store.merged_lastfailed(dict.fromkeys(salvaged_ids(data), True), dict(told))


def _timed_events(events: list[Event], environment: str) -> Iterator[tuple[float, Event]]:
    """Yield what a run said about files and tests, each with its time."""
    if not words.is_remembered(events, environment):
        return
    time = 0.0
    cures = journal.cures_of(events)
    for event in events:
        own = event.get("time")
        # An event without a time of its own came after the one before it.
        time = float(own) if isinstance(own, int | float) else time
        says = event["event"] == "file" or journal.verdict(event, cures) is not None
        if event["event"] in {"file", "test"} and says:
            yield time, event


class _LastWords:
    """What has been said last, word by word."""

    def __init__(self) -> None:
        self.failed: dict[str, bool] = {}
        self._of_path: dict[str, set[str]] = {}

    def add(self, event: Event) -> None:
        """Take the next word."""
        nodeid, path, error = event.get("id"), event.get("path"), event.get("error")
        if event["event"] == "test" and isinstance(nodeid, str):
            if (failed := journal.verdict(event)) is not None:
                self._say(nodeid, failed=failed)
        elif isinstance(error, dict) and isinstance(error.get("id"), str):
            self._say(error["id"], failed=True)
        elif event["event"] == "file" and isinstance(path, str):
            self._collected(path, event)

    def _say(self, nodeid: str, *, failed: bool) -> None:
        # The order is that of failing.
        self.failed.pop(nodeid, None)
        self.failed[nodeid] = failed
        self._of_path.setdefault(path_of(nodeid), set()).add(nodeid)

    def _collected(self, path: str, event: Event) -> None:
        tests = set(journal.tests_of(event))
        collectors = {path, *ancestors(path)}
        for test in tests if self._of_path.get(path) else ():
            collectors.update(ancestors(test))
        mended = [nodeid for nodeid in collectors if nodeid not in tests]
        if not event.get("partial"):
            mended += self._gone(path, tests)
        for nodeid in mended:
            if self.failed.get(nodeid):
                self._say(nodeid, failed=False)

    def _gone(self, path: str, tests: set[str]) -> list[str]:
        functions = {without_parameters(test) for test in tests}
        return [
            nodeid
            for nodeid in self._of_path.get(path, ())
            # Without the ini file's patterns only names that look like tests anywhere are judged;
            # a parameter that is gone may be unstable, and then its function stands for it.
            if is_python_test(nodeid, ["test"]) and without_parameters(nodeid) not in functions
        ]
