"""Look into the cache directory, and clear it.  Blocking: called in threads."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pytest_recall import clearing, store
from pytest_recall.salvage import ASIDE
from pytest_recall_server.errors import HumanError

MAX_TEXT = 16 << 20
LOCK = (store.DIRECTORIES, "recall/lock")
"""Nothing is kept in this file, and it stays when all else is cleared."""
UNDO = "recall/undo"
"""What was taken away, below ``d/``: it is shown by the offer to undo that."""
Kind = Literal["value", "file"]
_NOT_OURS = "not what Pytest Recall writes"


@dataclass(frozen=True, kw_only=True, slots=True)
class Entry:
    """One key of the cache."""

    key: str
    kind: Kind
    path: str
    size: int
    modified: float
    problem: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Listing:
    """A cache directory."""

    directory: str
    exists: bool
    writable: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Cleared:
    """What clearing removed."""

    removed: int
    problem: str | None


def list_keys(cache_dir: str) -> Listing:
    """Return all keys, values first."""
    exists = os.path.isdir(cache_dir)
    return Listing(
        directory=cache_dir,
        exists=exists,
        writable=os.access(cache_dir if exists else os.path.dirname(cache_dir), os.W_OK),
        entries=tuple(_entries(Path(cache_dir))) if exists else (),
    )


def _entries(cache_dir: Path) -> Iterator[Entry]:
    kinds: tuple[tuple[str, Kind], ...] = (
        (store.VALUES, "value"),
        (store.DIRECTORIES, "file"),
    )
    for prefix, kind in kinds:
        for path in _files(cache_dir / prefix):
            try:
                status = path.stat()
            except OSError:
                continue
            key = path.relative_to(cache_dir / prefix).as_posix()
            if (prefix, key) == LOCK or (kind == "file" and key.startswith(f"{UNDO}/")):
                continue
            is_value = kind == "value" and not ASIDE.match(path.name)
            yield Entry(
                key=key,
                kind="value" if is_value else "file",
                path=str(path),
                size=status.st_size,
                modified=status.st_mtime,
                problem=_problem(path, key) if is_value else None,
            )


def _files(folder: Path) -> Iterator[Path]:
    """Yield the files below *folder*, without following links to folders."""
    for parent, folders, names in os.walk(folder):
        folders.sort()
        yield from (Path(parent, name) for name in sorted(names) if not _is_temporary(name))


def _is_temporary(name: str) -> bool:
    return name.startswith(".") and name.endswith(".tmp")


def _problem(path: Path, key: str) -> str | None:
    """Return why pytest, or we, cannot use the value of *key*."""
    if path.stat().st_size > MAX_TEXT:
        return f"larger than {MAX_TEXT >> 20} MiB"
    reading = store.read_json(path)
    return reading.problem or reading.error or wrong_shape(key, reading.value)


def wrong_shape(key: str, value: object) -> str | None:
    """Return how *value* differs from what *key* must hold, if it does."""
    if key == store.LASTFAILED and store.as_lastfailed(value) is None:
        return "not an object of node ids"
    if key == store.NODEIDS and store.as_nodeids(value) is None:
        return "not a list of node ids"
    if key == store.UNFINISHED and store.as_unfinished(value) is None:
        version = value.get("version") if isinstance(value, dict) else None
        return "of a newer version" if isinstance(version, int) and version > 1 else _NOT_OURS
    return None


def read_value(cache_dir: str, key: str, kind: Kind) -> tuple[str, str | None]:
    """Return the text of a key and what is wrong with it; raise ``HumanError`` if it is no key."""
    path = path_of_key(Path(cache_dir), key, kind)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT + 1)
    except OSError as error:
        return "", f"{key} cannot be read: {error.strerror or error}"
    problem = _problem(path, key) if kind == "value" else None
    return data[:MAX_TEXT].decode("utf-8", "replace"), problem


def path_of_key(cache_dir: Path, key: str, kind: Kind) -> Path:
    """Return the file that holds a key; raise ``HumanError`` if it is no key."""
    # A value that was set aside is a file that stands among the values.
    prefixes = (store.VALUES,) if kind == "value" else (store.DIRECTORIES, store.VALUES)
    for prefix in prefixes:
        base = cache_dir / prefix
        path = base / key
        if kind == "file" and prefix == store.VALUES and not ASIDE.match(path.name):
            continue
        # Names that are too long, or none at all, name nothing.
        with contextlib.suppress(OSError, ValueError, RuntimeError):
            inside = path.resolve().is_relative_to(base.resolve())
            if key and inside and path.is_file():
                return path
    raise HumanError(f"The cache has no key {key[:200]!r}.")


def clear(cache_dir: str, spared: Collection[Path] = ()) -> Cleared:
    """Remove what ``pytest --cache-clear`` removes but *spared*, and count the keys that went."""
    if not os.path.isdir(cache_dir):
        return Cleared(removed=0, problem=None)
    before = [entry.path for entry in _entries(Path(cache_dir))]
    problem = clearing.clear(Path(cache_dir), spared)
    removed = [path for path in before if not os.path.lexists(path)]
    return Cleared(removed=len(removed), problem=problem or None)
