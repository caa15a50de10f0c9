"""Read what is remembered so that damage loses nothing: what is left, and what journals know."""

from __future__ import annotations

import errno
from collections.abc import Iterable
from pathlib import Path

from pytest_recall import journal, links, store
from pytest_recall.store import Reading


class Kept:
    """The ids that a key holds."""

    def __init__(self, path: Path, ids: Iterable[str], reading: Reading, damage: str) -> None:
        self.path = path
        self.ids = tuple(ids)
        self.reading = reading
        self.damage = damage
        """Why the value cannot be used as it is, in one line; `ids` is then what could be saved."""

    @property
    def is_newer(self) -> bool:
        """Whether a newer version of ours wrote the value, which is then left alone."""
        value = self.reading.value
        version = value.get("version") if isinstance(value, dict) else None
        return isinstance(version, int) and version > 1

    def make_way(self, cachedir: Path) -> bool:
        """Set the file aside if it is damaged; tell whether the key may be written now.

        Raises OSError for a file that cannot be read or moved: it is not written over.
        """
        if not self.damage:
            return True
        if self.is_newer:
            return False
        if self.reading.error:
            # What is in it is not known, and may be as good as ever.
            raise OSError(errno.EACCES, self.reading.error, str(self.path))
        from pytest_recall.salvage import set_aside

        links.refuse_links(cachedir, self.path)
        if self.path.is_file():
            set_aside(self.path)
        return True


def read_failed(cachedir: Path, environment: str = "") -> Kept:
    """Read `cache/lastfailed`; a damaged one is made good by what it still holds and journals."""
    path = store.value_path(cachedir, store.key_in(environment, store.LASTFAILED))
    reading = store.read_json(path)
    failed = store.as_lastfailed(reading.value)
    damage = damage_of(reading, "not an object of node ids", usable=failed is not None)
    if damage:
        from pytest_recall import salvage

        told = salvage.failures_from_journals(journal.directories(cachedir), environment)
        failed = salvage.rebuilt_lastfailed(_bytes(path), told)
    return Kept(path, failed or (), reading, damage)


def read_known(cachedir: Path, environment: str = "") -> Kept:
    """Read `cache/nodeids`, or what is left of it."""
    path = store.value_path(cachedir, store.key_in(environment, store.NODEIDS))
    reading = store.read_json(path)
    known = store.as_nodeids(reading.value)
    damage = damage_of(reading, "not a list of node ids", usable=known is not None)
    return Kept(path, known or _saved(path, damage), reading, damage)


def read_unfinished(cachedir: Path, environment: str = "") -> Kept:
    """Read `recall/unfinished`, or what is left of it."""
    path = store.value_path(cachedir, store.key_in(environment, store.UNFINISHED))
    reading = store.read_json(path)
    ids = store.as_unfinished(reading.value)
    damage = damage_of(reading, "not what Pytest Recall writes", usable=ids is not None)
    kept = Kept(path, ids or (), reading, damage)
    return kept if kept.ids or kept.is_newer else Kept(path, _saved(path, damage), reading, damage)


def damage_of(reading: Reading, wrong_shape: str, *, usable: bool) -> str:
    """Return why what was read cannot be used, empty if it can or if there is nothing."""
    if not reading.exists or usable:
        return ""
    return reading.problem or reading.error or wrong_shape


def _saved(path: Path, damage: str) -> list[str]:
    if not damage:
        return []
    from pytest_recall import salvage

    return salvage.salvaged_ids(_bytes(path))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
