"""Set aside what is taken out of the cache, and put it back.  Blocking: called in threads.

What is taken away is set aside below ``d/recall/undo``, one folder a change: ``change.json`` says
what it was, beside it lie the files.  ``docs/panel.md`` tells people, and ``pytest --cache-clear``
removes it with the rest.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import time
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from pathlib import Path, PurePosixPath

from pytest_recall import journal, kept, links, store
from pytest_recall.doctor.shapes import Key, ids_in, key_of
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project import inspect

VERSION = 1
MANIFEST = "change.json"
MOST = 5
"""So many changes can be undone."""
LONGEST = 24 * 3600.0
"""Seconds for which they can be."""
_ID = re.compile(r"\d{8}T\d{6}\.\d{6}Z-[0-9a-f]{8}")


@dataclass(kw_only=True, slots=True)
class Change:
    """What is set aside of one change."""

    folder: Path
    what: str
    time: float
    files: dict[str, str] = field(default_factory=dict)
    """Path below the cache directory → name in the folder."""
    ids: dict[str, list[str]] = field(default_factory=dict)
    """Path below the cache directory → node ids that were taken out of the value there."""

    @property
    def id(self) -> str:
        """Its name."""
        return self.folder.name

    def write(self) -> None:
        """Say what is set aside; raise ``OSError`` where that cannot be written."""
        said = {
            "version": VERSION,
            "what": self.what,
            "time": self.time,
            "files": self.files,
            "ids": self.ids,
        }
        store.replace_text(self.folder / MANIFEST, store.dump(said))


def undo_folder(cachedir: Path) -> Path:
    """Return where changes are set aside."""
    return cachedir / store.DIRECTORIES / inspect.UNDO


def begin(cachedir: Path, what: str) -> Change:
    """Make room for a change; raise ``OSError`` where nothing can be set aside."""
    sweep(cachedir, keep=MOST - 1)
    top = undo_folder(cachedir)
    links.make_private(cachedir, top.parent)
    links.make_private(cachedir, top)
    name = f"{datetime.now(timezone.utc):%Y%m%dT%H%M%S.%f}Z-{os.urandom(4).hex()}"
    folder = top / name
    folder.mkdir(mode=0o700)
    return Change(folder=folder, what=what, time=time.time())


def sweep(cachedir: Path, keep: int = MOST) -> None:
    """Remove what can be undone no more: all but the newest *keep*, and what is too old."""
    changes = _changes(cachedir)
    old = [one for one in changes if _age(one) > LONGEST]
    for folder in {*old, *changes[: max(0, len(changes) - keep)]}:
        shutil.rmtree(folder, ignore_errors=True)


def _changes(cachedir: Path) -> list[Path]:
    """Return the folders of changes, oldest first."""
    top = undo_folder(cachedir)
    with contextlib.suppress(OSError):
        links.refuse_links(cachedir, top)
        found = (one for one in top.iterdir() if _ID.fullmatch(one.name))
        return sorted(one for one in found if one.is_dir() and not links.is_link(one))
    return []


def _age(folder: Path) -> float:
    with contextlib.suppress(OSError):
        return time.time() - folder.stat().st_mtime
    return 0.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Undone:
    """What was put back."""

    what: str
    """What was undone."""
    restored: int
    """Keys, and node ids in keys that are there again."""
    left: tuple[str, ...]
    """Keys that were written anew meanwhile, and so were left as they are."""


def undo(cachedir: Path, name: str | None) -> Undone:
    """Put back what a change has taken away; None: the last one.

    What runs have said of a test since then stands.  Raise ``HumanError`` where nothing can be
    put back.
    """
    change = _read(cachedir, name)
    restored = 0
    left: list[str] = []
    with human("This cannot be undone"), store.locked(cachedir):
        said = _said_since(cachedir, change.time)
        for path, kept_as in change.files.items():
            source, target = change.folder / kept_as, _target(cachedir, path)
            if not os.path.lexists(source):
                continue
            ids = _ids_in(path, source)
            if ids:
                restored += bool(_put_back(cachedir, path, ids, said))
            elif os.path.lexists(target):
                left.append(path)
            else:
                _make_folders(cachedir, target.parent)
                source.replace(target)
                restored += 1
        for path, ids in change.ids.items():
            restored += _put_back(cachedir, path, ids, said)
    shutil.rmtree(change.folder, ignore_errors=True)
    return Undone(what=change.what, restored=restored, left=tuple(left))


def _read(cachedir: Path, name: str | None) -> Change:
    changes = [one for one in _changes(cachedir) if name is None or one.name == name]
    for folder in reversed(changes):
        value = store.read_json(folder / MANIFEST).value
        if isinstance(value, dict) and value.get("version") == VERSION:
            return Change(
                folder=folder,
                what=str(value.get("what")),
                time=float(value.get("time") or 0.0),
                files={
                    path: kept_as
                    for path, kept_as in _texts(value.get("files")).items()
                    if isinstance(kept_as, str) and kept_as.isdecimal()
                },
                ids={
                    path: [one for one in ids if isinstance(one, str)]
                    for path, ids in _texts(value.get("ids")).items()
                    if isinstance(ids, list)
                },
            )
    raise HumanError("There is no change of the cache that can be undone.")


def _texts(value: object) -> dict[str, object]:
    return {str(name): one for name, one in value.items()} if isinstance(value, dict) else {}


def _target(cachedir: Path, path: str) -> Path:
    """Return where a file lay; raise ``OSError`` if that is not in the cache."""
    parts = PurePosixPath(path).parts
    if len(parts) < 2 or parts[0] not in {store.VALUES, store.DIRECTORIES} or ".." in parts:  # noqa: PLR2004 # a folder and a name
        raise OSError(f"{path} is not in the cache")
    target = cachedir.joinpath(*parts)
    links.refuse_links(cachedir, target.parent)
    return target


def _put_back(cachedir: Path, path: str, ids: list[str], said: dict[str, bool]) -> int:
    """Add ids to a value again, and return how many; what is *said* of a test since stands."""
    _target(cachedir, path)
    key = key_of_path(path)
    match key.role:
        case "failed":
            now = kept.read_failed(cachedir, key.environment)
            missing = _missing(ids, now.ids, said)
            value: object = dict.fromkeys([*now.ids, *missing], True)
        case "unfinished":
            now = kept.read_unfinished(cachedir, key.environment)
            failed = kept.read_failed(cachedir, key.environment).ids
            missing = _missing(ids, (*now.ids, *failed), said)
            value = {"version": 1, "ids": [*now.ids, *missing]}
        case _:
            now = kept.read_known(cachedir, key.environment)
            missing = _missing(ids, now.ids, ())
            value = sorted([*now.ids, *missing])
    if not missing or now.damage:
        # What is damaged is for the doctor.
        return 0
    store.write_value(cachedir, key.name, value)
    return len(missing)


def _missing(ids: Iterable[str], there: Iterable[str], without: Collection[str]) -> list[str]:
    have = set(there)
    return [one for one in dict.fromkeys(ids) if one not in have and one not in without]


def _make_folders(cachedir: Path, folder: Path) -> None:
    """Create *folder* and what leads to it; what tests have printed is for their owner alone."""
    own = cachedir / store.DIRECTORIES / "recall"
    if not folder.is_relative_to(own):
        links.make_folder(cachedir, folder)
        return
    for path in (*reversed(folder.parents), folder):
        if path.is_relative_to(own):
            links.make_private(cachedir, path)


def key_of_path(path: str) -> Key:
    """Return what the value at *path*, relative to the cache directory, is for."""
    return key_of(path.removeprefix(f"{store.VALUES}/"))


def _ids_in(path: str, source: Path) -> list[str]:
    """Return the ids of a value that runs add to and take from; none for all others."""
    if not path.startswith(f"{store.VALUES}/"):
        return []
    return ids_in(key_of_path(path).role, store.read_json(source).value)


def _said_since(cachedir: Path, since: float) -> dict[str, bool]:
    """Return the last word of runs on each test since then: id → failed."""
    said: dict[str, bool] = {}
    for folder in journal.directories(cachedir):
        for path in journal.journals(folder):
            if path.stat().st_mtime < since - journal.SLACK:
                continue
            events = journal.read(path)
            cures = journal.cures_of(events)
            for event in events:
                when, node_id = event.get("time"), event.get("id")
                is_new = isinstance(when, float) and when >= since and event["event"] == "test"
                verdict = journal.verdict(event, cures) if is_new else None
                if verdict is not None:
                    said[str(node_id)] = verdict
    return said


@contextlib.contextmanager
def human(what: str) -> Iterator[None]:
    """Say of what goes wrong *what* could not be done."""
    try:
        yield
    except OSError as error:
        raise HumanError(f"{what}: {error.strerror or error}.") from error
