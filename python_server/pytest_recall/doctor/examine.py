"""Look at all of a cache directory without changing anything."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pytest_recall import journal, store
from pytest_recall.doctor.files import examine_access, examine_kinds
from pytest_recall.doctor.findings import CacheError, Counts, Finding, Place, Report
from pytest_recall.doctor.gone import examine_ids
from pytest_recall.doctor.journals import examine_journals
from pytest_recall.doctor.leftovers import examine_asides, examine_leftovers
from pytest_recall.doctor.shapes import Role, ids_in
from pytest_recall.doctor.values import examine_values, value_files

CHECKS = (
    examine_access,
    examine_kinds,
    examine_journals,
    examine_values,
    examine_ids,
    examine_leftovers,
    examine_asides,
)


def examine(cachedir: Path, rootdir: Path | None, functions: tuple[str, ...] = ("test",)) -> Report:
    """Return what is wrong with *cachedir*; raises `CacheError` if it is no directory to look at.

    Node ids are taken relative to *rootdir*; *functions* is the ini value `python_functions`.
    """
    return examine_place(Place(cachedir, rootdir, functions))


def examine_place(place: Place) -> Report:
    """Return what is wrong with *place*; raises `CacheError`."""
    check_directory(place.cachedir)
    return Report(place, tuple(_findings(place)), _counts(place))


def check_directory(cachedir: Path) -> None:
    """Raise `CacheError` unless *cachedir* is a directory that can be looked at or mended."""
    try:
        is_folder = cachedir.is_dir()
        if not is_folder and not os.path.lexists(cachedir):
            raise CacheError(f"there is no cache directory {cachedir}")
        if not is_folder:
            raise CacheError(f"{cachedir} is not a directory: remove it, or give --cache-dir")
        os.listdir(cachedir)  # noqa: PTH208 - to see whether it can be
    except PermissionError as exc:
        if _is_mine(cachedir):
            return
        raise CacheError(f"{cachedir} cannot be read by this user: {exc.strerror}") from exc
    except (OSError, ValueError) as exc:
        raise CacheError(f"{cachedir} cannot be read: {exc}") from exc


def _is_mine(cachedir: Path) -> bool:
    try:
        return hasattr(os, "geteuid") and cachedir.stat().st_uid == os.geteuid()
    except OSError:
        return False


def _findings(place: Place) -> Iterator[Finding]:
    for check in CHECKS:
        yield from check(place)


def _counts(place: Place) -> Counts:
    """Count what is remembered, under all environments together."""
    ids: dict[Role, set[str]] = {"failed": set(), "unfinished": set(), "known": set()}
    for entry, key in value_files(place):
        if key.role in ids:
            ids[key.role].update(ids_in(key.role, store.read_json(entry.path).value))
    return Counts(
        runs=sum(map(len, map(journal.journals, journal.directories(place.cachedir)))),
        failures=len(ids["failed"]),
        unfinished=len(ids["unfinished"]),
        tests=len(ids["known"]),
    )
