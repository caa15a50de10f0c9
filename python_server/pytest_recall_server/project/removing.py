"""Take things out of the cache so that it can be undone.  Blocking: called in threads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pytest_recall import clearing, journal, kept, links, merging, retention, store
from pytest_recall.doctor.findings import Place
from pytest_recall.doctor.gone import DEAD_IDS, examine_ids
from pytest_recall.doctor.gone import forget as forget_dead
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project import inspect
from pytest_recall_server.project.undoing import begin, human, undo_folder


@dataclass(frozen=True, kw_only=True, slots=True)
class Removal:
    """What was taken out of the cache."""

    removed: int
    """Keys or node ids."""
    undo: str | None
    """The name of the change, by which it can be undone; None: it cannot."""
    problem: str | None = None


def delete(cachedir: Path, key: str, kind: inspect.Kind) -> Removal:
    """Take one key out of the cache; raise ``HumanError`` where that cannot be."""
    path = inspect.path_of_key(cachedir, key, kind)
    relative = path.relative_to(cachedir).as_posix()
    with human(f"{key} cannot be deleted"):
        if path.parent == journal.runs_directory(cachedir) and retention.is_alive(path):
            raise HumanError("This run is still under way: its journal cannot be deleted.")
        change = begin(cachedir, f"Deleted {key}")
        with store.locked(cachedir):
            links.refuse_links(cachedir, path.parent)
            change.files[relative] = "0"
            # Said first: a kill in between loses nothing.
            change.write()
            path.replace(change.folder / "0")
    return Removal(removed=1, undo=change.id)


def forget(cachedir: Path, ids: Iterable[str]) -> Removal:
    """Remember tests as failed or unfinished no longer; raise ``HumanError`` if that fails."""
    asked = dict.fromkeys(ids)
    lost = {
        store.LASTFAILED: [one for one in kept.read_failed(cachedir).ids if one in asked],
        store.UNFINISHED: [one for one in kept.read_unfinished(cachedir).ids if one in asked],
    }
    gone = list(dict.fromkeys(one for ids in lost.values() for one in ids))
    if not gone:
        return Removal(removed=0, undo=None)
    with human("The failure cannot be forgotten"):
        words = gone[0] if len(gone) == 1 else f"{len(gone)} tests"
        change = begin(cachedir, f"Forgot {words}")
        change.ids = {f"{store.VALUES}/{key}": ids for key, ids in lost.items() if ids}
        change.write()
        merging.forget(cachedir, gone)
    return Removal(removed=len(gone), undo=change.id)


def prune(place: Place) -> Removal:
    """Forget the ids of tests that are gone; raise ``HumanError`` if that fails."""
    cachedir = place.cachedir
    found = [one for one in examine_ids(place) if one.kind == DEAD_IDS]
    if not found:
        return Removal(removed=0, undo=None)
    gone = {node_id for finding in found for node_id in finding.ids}
    with human("The tests cannot be forgotten"):
        words = "1 test that is gone" if len(gone) == 1 else f"{len(gone)} tests that are gone"
        change = begin(cachedir, f"Forgot {words}")
        change.ids = {finding.path: list(finding.ids) for finding in found}
        change.write()
        with store.locked(cachedir):
            for finding in found:
                forget_dead(place, finding)
    return Removal(removed=len(gone), undo=change.id)


def clear(cachedir: Path) -> Removal:
    """Remove what ``pytest --cache-clear`` removes, and set it aside where that is possible."""
    if not cachedir.is_dir():
        return Removal(removed=0, undo=None)
    before = [entry.path for entry in inspect.list_keys(str(cachedir)).entries]
    undo: str | None = None
    with contextlib.suppress(OSError):
        undo = _set_all_aside(cachedir)
    folder = undo_folder(cachedir)
    cleared = inspect.clear(str(cachedir), (folder,) if folder.is_dir() else ())
    removed = sum(not os.path.lexists(path) for path in before)
    return Removal(removed=removed, undo=undo, problem=cleared.problem)


def _set_all_aside(cachedir: Path) -> str | None:
    """Set aside what can be, and return the name of the change; None: there was nothing."""
    change = begin(cachedir, "Cleared the cache")
    with store.locked(cachedir):
        spared = {*clearing.kept_of(cachedir), undo_folder(cachedir)}
        paths = [
            path for target in clearing.targets_of(cachedir) for path in _files(target, spared)
        ]
        names = {path.relative_to(cachedir).as_posix(): str(n) for n, path in enumerate(paths)}
        change.files = names
        change.write()
        for path in paths:
            # What cannot be moved is for `clear` to complain of.
            with contextlib.suppress(OSError):
                path.replace(change.folder / names[path.relative_to(cachedir).as_posix()])
    return change.id if change.files else None


def _files(folder: Path, spared: set[Path]) -> Iterator[Path]:
    """Yield the files below *folder*; links are themselves, and not what they lead to."""
    if links.is_link(folder):
        return
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(one for one in folders if Path(parent, one) not in spared)
        yield from (path for name in sorted(names) if (path := Path(parent, name)) not in spared)
