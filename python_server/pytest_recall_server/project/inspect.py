"""Look into the cache directory, and clear it.  Blocking: called in threads."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import attrs

from pytest_recall import journal, retention, store
from pytest_recall_server.errors import HumanError

MAX_TEXT = 16 << 20
_TAG = "CACHEDIR.TAG"
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
_OWN_NAMES = {store.VALUES, store.DIRECTORIES, _TAG, "README.md", ".gitignore"}


@attrs.frozen(kw_only=True)
class Entry:
    """One key of the cache."""

    key: str
    kind: Literal["value", "file"]
    path: str
    size: int
    modified: float
    problem: str | None


@attrs.frozen(kw_only=True)
class Listing:
    """A cache directory."""

    directory: str
    exists: bool
    writable: bool
    entries: tuple[Entry, ...]


@attrs.frozen(kw_only=True)
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
    kinds: tuple[tuple[str, Literal["value", "file"]], ...] = (
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
            yield Entry(
                key=key,
                kind=kind,
                path=str(path),
                size=status.st_size,
                modified=status.st_mtime,
                problem=_problem(path, key) if kind == "value" else None,
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
    return None


def read_value(cache_dir: str, key: str) -> tuple[str, str | None]:
    """Return the text of a key and what is wrong with it; raise ``HumanError`` if it is no key."""
    path = _path_of(Path(cache_dir), key)
    try:
        with path.open("rb") as file:
            data = file.read(MAX_TEXT + 1)
    except OSError as error:
        return "", f"{key} cannot be read: {error.strerror or error}"
    problem = _problem(path, key)
    return data[:MAX_TEXT].decode("utf-8", "replace"), problem


def _path_of(cache_dir: Path, key: str) -> Path:
    for prefix in (store.VALUES, store.DIRECTORIES):
        base = cache_dir / prefix
        path = base / key
        inside = path.resolve().is_relative_to(base.resolve())
        if key and inside and path.is_file():
            return path
    raise HumanError(f"The cache has no key {key!r}.")


def clear(cache_dir: str) -> Cleared:
    """Remove what ``pytest --cache-clear`` removes: all values and directories."""
    if not os.path.isdir(cache_dir):
        return Cleared(removed=0, problem=None)
    if not _is_cache(Path(cache_dir)):
        why_not = f"{cache_dir} does not look like a pytest cache: nothing was removed."
        return Cleared(removed=0, problem=why_not)
    before = len(list(_entries(Path(cache_dir))))
    kept = _living_journals(Path(cache_dir))
    problems = [
        problem
        for prefix in (store.VALUES, store.DIRECTORIES)
        if (problem := _remove(Path(cache_dir, prefix), kept)) is not None
    ]
    left = len(list(_entries(Path(cache_dir))))
    return Cleared(removed=before - left, problem=" ".join(problems) or None)


def _living_journals(cache_dir: Path) -> frozenset[Path]:
    """Return the journals of runs under way: only they know what these runs will have said."""
    found = journal.journals(journal.runs_directory(cache_dir))
    return frozenset(path for path in found if retention.is_alive(path))


def _is_cache(cache_dir: Path) -> bool:
    """Tell whether a folder is a cache: by its tag, or because nothing else is in it."""
    try:
        if (cache_dir / _TAG).read_bytes().startswith(_SIGNATURE):
            return True
    except OSError:
        pass
    return set(os.listdir(cache_dir)) <= _OWN_NAMES


def _remove(path: Path, kept: frozenset[Path]) -> str | None:
    """Remove a folder with all that is in it but *kept*; return why that is not possible."""
    try:
        if path.is_symlink():
            # What it points to may be anything.
            path.unlink()
        elif not path.is_dir():
            path.unlink(missing_ok=True)
        elif not any(each.is_relative_to(path) for each in kept):
            shutil.rmtree(path)
        else:
            return _remove_inside(path, kept)
    except OSError as error:
        return f"{error.filename or path} cannot be removed: {error.strerror or error}."
    return None


def _remove_inside(folder: Path, kept: frozenset[Path]) -> str | None:
    left = (path for path in sorted(folder.iterdir()) if path not in kept)
    problems = [problem for path in left if (problem := _remove(path, kept)) is not None]
    return " ".join(problems) or None
