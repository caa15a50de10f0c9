"""`--cache-clear`: remove what the cache holds, and nothing that may be somebody else's."""

from __future__ import annotations

import contextlib
import os
import stat
from collections.abc import Collection, Iterator
from pathlib import Path

from pytest_recall import store
from pytest_recall.links import is_link
from pytest_recall.store import DIRECTORIES, VALUES

TAG = "CACHEDIR.TAG"
SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
"""How the tag of a cache directory begins: https://bford.info/cachedir/"""

OWN_NAMES = frozenset({VALUES, DIRECTORIES, TAG, "README.md", ".gitignore"})
OWN_FOLDERS = ("v/cache", "v/recall", "d/recall")
"""What pytest and we put into a directory that is no cache otherwise, `-o cache_dir=.` say."""


def clear(cachedir: Path, spared: Collection[Path] = ()) -> str:
    """Remove all values and directories of *cachedir*; return what is left and why, in one line.

    Where *cachedir* is no cache, a folder `v` or `d` may be a user's own: then only what is
    surely pytest's or ours goes. Links go, and not what they point to. The lock that others may
    wait for and journals that are being written stay, and so does what is *spared*.
    """
    whole = is_cache(cachedir)
    prefixes = [cachedir / prefix for prefix in (VALUES, DIRECTORIES)]
    targets = targets_of(cachedir)
    problems: list[OSError] = []
    if targets:
        with store.locked(cachedir):
            kept = kept_of(cachedir).union(spared)
            for target in targets:
                remove_but(target, kept, problems)
        for prefix in prefixes:
            with contextlib.suppress(OSError):
                prefix.rmdir()
    if problems:
        return f"not everything of the cache could be removed: {problems[0]}"
    left = [] if whole else [path.name for path in prefixes if _has_others(path)]
    if not left:
        return ""
    return (
        f"what is not pytest's was left in {' and '.join(left)} of {cachedir}, which has no {TAG}"
        " and other contents: remove it by hand if it is not needed"
    )


def targets_of(cachedir: Path) -> list[Path]:
    """Return what `clear` removes: folders of which at least one is there, or nothing."""
    prefixes = [cachedir / prefix for prefix in (VALUES, DIRECTORIES)]
    targets = prefixes if is_cache(cachedir) else list(_own_folders(cachedir))
    return targets if any(map(os.path.lexists, targets)) else []


def is_cache(cachedir: Path) -> bool:
    """Tell whether *cachedir* is a cache: by its tag, or because nothing else is in it."""
    try:
        with (cachedir / TAG).open("rb") as file:
            if file.read(len(SIGNATURE)) == SIGNATURE:
                return True
    except OSError:
        pass
    try:
        return set(os.listdir(cachedir)) <= OWN_NAMES  # noqa: PTH208 - names are wanted
    except OSError:
        return False


def _own_folders(cachedir: Path) -> Iterator[Path]:
    for name in OWN_FOLDERS:
        path = cachedir / name
        if not is_link(path.parent):
            yield path


def _has_others(path: Path) -> bool:
    """Tell whether *path*, `v` or `d` of a directory that is no cache, holds what is not ours."""
    try:
        return is_link(path) or any(each.name != "recall" for each in path.iterdir())
    except FileNotFoundError:
        return False
    except OSError:
        return True


def kept_of(cachedir: Path) -> set[Path]:
    """Return the lock, unless it is a link, and the journals that are being written."""
    from pytest_recall import journal
    from pytest_recall.retention import is_alive

    found = journal.journals(journal.runs_directory(cachedir))
    kept = {path for path in found if is_alive(path)}
    lock = cachedir / DIRECTORIES / "recall" / "lock"
    return kept if is_link(lock) else kept | {lock}


def remove_but(path: Path, kept: set[Path], problems: list[OSError]) -> None:
    """Remove what lies below *path* and then *path*, save *kept* and what leads to it."""
    if path in kept:
        return
    try:
        try:
            _remove(path, kept, problems)
        except PermissionError:
            for each in (path.parent, path):
                if not is_link(each):
                    each.chmod(each.stat().st_mode | stat.S_IRWXU)
            _remove(path, kept, problems)
    except OSError as exc:
        problems.append(exc)


def _remove(path: Path, kept: set[Path], problems: list[OSError]) -> None:
    if is_link(path) or not path.is_dir():
        path.unlink(missing_ok=True)
        return
    for entry in path.iterdir():
        remove_but(entry, kept, problems)
    if not any(each.is_relative_to(path) for each in kept):
        path.rmdir()
