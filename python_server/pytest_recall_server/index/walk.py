"""Find test files, by pytest's rules (``_pytest/main.py``, ``pytest_ignore_collect``)."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from pytest_recall_server.index.config import Config
from pytest_recall_server.index.ignored import Ignored, ignored_at, is_ignored, matches

# What pytest does not import for doctests.
_NO_DOCTESTS = {"setup.py", "__main__.py"}
_TEXTS = (".txt", ".rst")
_ENVIRONMENTS = ("pyvenv.cfg", "conda-meta")

IsRoot = Callable[[str, Collection[str]], bool]
"""Says something of a folder, by its absolute path and the names of what is in it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class FoundFile:
    """A test file as it was when it was looked at."""

    path: str
    """Relative to the rootdir."""
    modified: int
    """Nanoseconds since the epoch."""
    size: int
    """Bytes."""


def walk(config: Config) -> Iterator[FoundFile]:
    """Yield the test files that pytest collects without arguments, each once."""
    seen: set[str] = set()
    for start in own_starts(config):
        for path, status in _walk_start(config, start):
            relative = relative_path(config.rootdir, path)
            if relative not in seen:
                seen.add(relative)
                yield found_file(relative, status)


def walk_below(config: Config, folder: str) -> Iterator[FoundFile]:
    """Yield the test files in the absolute *folder* that pytest collects without arguments."""
    if config.leaves_to_others(folder):
        return
    for start in own_starts(config):
        for path, status in _walk_part(config, start, folder):
            yield found_file(relative_path(config.rootdir, path), status)


def found_file(path: str, status: os.stat_result) -> FoundFile:
    """Return the file at *path* (relative), which was looked at just now."""
    return FoundFile(path=path, modified=status.st_mtime_ns, size=status.st_size)


def nested_roots(config: Config, is_root: IsRoot, below: str | None = None) -> list[str]:
    """Return the folders below that of *config* that *is_root* takes for roots, outermost alone.

    What pytest leaves out is not looked into.  *below*: only it and what it holds.
    """
    found: list[str] = []

    def enter(folder: str, names: Collection[str]) -> bool:
        if folder != config.folder and is_root(folder, names):
            found.append(folder)
            return False
        return True

    start = config.folder if below is None else below
    ignored = _ignored_in(config, config.folder, start)
    if ignored is not None:
        for _ in _files(config, start, ignored, enter):
            pass
    return found


def own_starts(config: Config) -> list[str]:
    """Return where the tests of *config* are, other than those that it leaves to other roots."""
    return [start for start in config.starts if not config.leaves_to_others(start)]


def relative_path(rootdir: str, path: str) -> str:
    """Return *path* as node ids spell it."""
    below = rootdir if rootdir.endswith(os.sep) else rootdir + os.sep
    if os.sep == "/" and path.startswith(below) and os.path.normpath(path) == path:
        # Most are spelled so, and there are thousands of them.
        return path[len(below) :]
    return os.path.relpath(path, rootdir).replace(os.sep, "/")


def is_python_test(config: Config, path: str) -> bool:
    """Tell whether pytest looks for functions and classes in the Python file at *path*."""
    return path.endswith(".py") and (
        path in config.starts or any(matches(pattern, path) for pattern in config.python_files)
    )


def has_doctests(config: Config, path: str) -> bool:
    """Tell whether pytest looks for doctests in the Python or text file at *path*."""
    if path.endswith(".py"):
        return config.rules.doctest_modules and os.path.basename(path) not in _NO_DOCTESTS
    if path in config.starts and path.endswith(_TEXTS):
        return bool(config.rules.doctest_files)
    return any(matches(pattern, path) for pattern in config.rules.doctest_files)


def _is_wanted(config: Config, path: str) -> bool:
    return is_python_test(config, path) or has_doctests(config, path)


def is_test_file(config: Config, path: str) -> bool:
    """Tell whether pytest would collect the file at the absolute *path*, looking at folders too."""
    return not config.leaves_to_others(path) and any(
        _start_holds(config, start, path) for start in own_starts(config)
    )


def _start_holds(config: Config, start: str, path: str) -> bool:
    if path == start:
        return _is_wanted(config, path)
    inside = os.path.relpath(path, start)
    if inside.startswith("..") or not _is_wanted(config, path):
        return False
    ignored = _ignored_in(config, start, os.path.dirname(path))
    return ignored is not None and not is_ignored(path, ignored)


def _ignored_in(config: Config, start: str, folder: str) -> Ignored | None:
    """Return what holds in *folder*, which is *start* or below it; None: it is skipped."""
    at, ignored = start, ignored_at(start, _ignored_above(config, start))
    inside = os.path.relpath(folder, start)
    for name in () if inside == "." else inside.split(os.sep):
        at = os.path.join(at, name)
        if _skips_folder(config, at, ignored):
            return None
        ignored = ignored_at(at, ignored)
    return ignored


def _walk_part(config: Config, start: str, folder: str) -> Iterator[tuple[str, os.stat_result]]:
    """Walk what lies both below *start* and in *folder*."""
    if not os.path.isdir(folder):
        return
    if not os.path.relpath(start, folder).startswith(".."):
        yield from _walk_start(config, start)
    elif os.path.isdir(start) and not os.path.relpath(folder, start).startswith(".."):
        ignored = _ignored_in(config, start, folder)
        if ignored is not None:
            yield from _walk_folder(config, folder, ignored)


def _walk_start(config: Config, start: str) -> Iterator[tuple[str, os.stat_result]]:
    if os.path.isfile(start):
        if _is_wanted(config, start):
            yield start, os.stat(start)
    elif os.path.isdir(start):
        yield from _walk_folder(config, start, _ignored_above(config, start))


def _ignored_above(config: Config, start: str) -> Ignored:
    ignored = Ignored()
    for folder in _between(config.rootdir, start):
        ignored = ignored_at(folder, ignored)
    return ignored


def _between(rootdir: str, start: str) -> Iterator[str]:
    """Yield the folders above *start* from the rootdir on: their conftest files hold too."""
    inside = os.path.relpath(start, rootdir)
    if inside.startswith("..") or inside == ".":
        return
    folder = rootdir
    for name in inside.split(os.sep):
        yield folder
        folder = os.path.join(folder, name)


def _walk_folder(
    config: Config, folder: str, ignored: Ignored
) -> Iterator[tuple[str, os.stat_result]]:
    others = frozenset(config.nested)
    for entry, held in _files(config, folder, ignored, lambda path, _: path not in others):
        try:
            if (
                _is_wanted(config, entry.path)
                and entry.is_file()
                and not is_ignored(entry.path, held)
            ):
                yield entry.path, entry.stat()
        except OSError:  # noqa: PERF203 # one entry may fail, the others count
            continue


def _files(
    config: Config,
    folder: str,
    ignored: Ignored,
    enter: IsRoot,
    above: frozenset[tuple[int, int]] = frozenset(),
) -> Iterator[tuple[os.DirEntry[str], Ignored]]:
    """Yield the files in *folder*, and in those below that pytest and *enter* look into.

    What a folder holds is known once it is listed: no file in it is asked for in vain.
    """
    try:
        status = os.stat(folder)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    identity = (status.st_dev, status.st_ino)
    names = {entry.name for entry in entries}
    # A link to a folder above itself; an environment, unless pytest is told to begin in it.
    if identity in above or (above and _is_environment(folder, names)) or not enter(folder, names):
        return
    if "conftest.py" in names:
        ignored = ignored_at(folder, ignored)
    for entry in entries:
        if not _is_folder(entry):
            yield entry, ignored
        elif not _skips_by_name(config, entry.path, ignored):
            yield from _files(config, entry.path, ignored, enter, above | {identity})


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _skips_folder(config: Config, folder: str, ignored: Ignored) -> bool:
    return _skips_by_name(config, folder, ignored) or _is_environment(folder, _ENVIRONMENTS)


def _skips_by_name(config: Config, folder: str, ignored: Ignored) -> bool:
    return (
        os.path.basename(folder) == "__pycache__"
        or any(matches(pattern, folder) for pattern in config.no_recurse)
        or is_ignored(folder, ignored)
    )


def _is_environment(folder: str, names: Collection[str]) -> bool:
    """Tell whether *folder*, which may hold *names*, is a virtual or a conda environment."""
    return any(
        name in names and os.path.isfile(os.path.join(folder, name, *rest))
        for name, *rest in (("pyvenv.cfg",), ("conda-meta", "history"))
    )
