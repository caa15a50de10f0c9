"""Find test files, by pytest's rules (``_pytest/main.py``, ``pytest_ignore_collect``)."""

from __future__ import annotations

import ast
import fnmatch
import os
from collections.abc import Iterable, Iterator

import attrs

from pytest_recall_server.index.config import Config

# What pytest does not import for doctests.
_NO_DOCTESTS = {"setup.py", "__main__.py"}
_TEXTS = (".txt", ".rst")


@attrs.frozen(kw_only=True)
class FoundFile:
    """A test file as it was when it was looked at."""

    path: str
    """Relative to the rootdir."""
    modified: int
    """Nanoseconds since the epoch."""
    size: int
    """Bytes."""


@attrs.frozen(kw_only=True)
class _Ignored:
    """What the nearest conftest files say is not to be collected."""

    paths: frozenset[str] = frozenset()
    globs: tuple[str, ...] = ()


def walk(config: Config) -> Iterator[FoundFile]:
    """Yield the test files that pytest collects without arguments, each once."""
    seen: set[str] = set()
    for start in config.starts:
        for path, status in _walk_start(config, start):
            relative = relative_path(config.rootdir, path)
            if relative not in seen:
                seen.add(relative)
                yield found_file(relative, status)


def walk_below(config: Config, folder: str) -> Iterator[FoundFile]:
    """Yield the test files in the absolute *folder* that pytest collects without arguments."""
    for start in config.starts:
        for path, status in _walk_part(config, start, folder):
            yield found_file(relative_path(config.rootdir, path), status)


def found_file(path: str, status: os.stat_result) -> FoundFile:
    """Return the file at *path* (relative), which was looked at just now."""
    return FoundFile(path=path, modified=status.st_mtime_ns, size=status.st_size)


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
        path in config.starts or any(_matches(pattern, path) for pattern in config.python_files)
    )


def has_doctests(config: Config, path: str) -> bool:
    """Tell whether pytest looks for doctests in the Python or text file at *path*."""
    if path.endswith(".py"):
        return config.rules.doctest_modules and os.path.basename(path) not in _NO_DOCTESTS
    if path in config.starts and path.endswith(_TEXTS):
        return bool(config.rules.doctest_files)
    return any(_matches(pattern, path) for pattern in config.rules.doctest_files)


def _is_wanted(config: Config, path: str) -> bool:
    return is_python_test(config, path) or has_doctests(config, path)


def is_test_file(config: Config, path: str) -> bool:
    """Tell whether pytest would collect the file at the absolute *path*, looking at folders too."""
    return any(_start_holds(config, start, path) for start in config.starts)


def _start_holds(config: Config, start: str, path: str) -> bool:
    if path == start:
        return _is_wanted(config, path)
    inside = os.path.relpath(path, start)
    if inside.startswith("..") or not _is_wanted(config, path):
        return False
    ignored = _ignored_in(config, start, os.path.dirname(path))
    return ignored is not None and not _is_ignored(path, ignored)


def _ignored_in(config: Config, start: str, folder: str) -> _Ignored | None:
    """Return what holds in *folder*, which is *start* or below it; None: it is skipped."""
    at, ignored = start, _ignored_at(start, _ignored_above(config, start))
    inside = os.path.relpath(folder, start)
    for name in () if inside == "." else inside.split(os.sep):
        at = os.path.join(at, name)
        if _skips_folder(config, at, ignored):
            return None
        ignored = _ignored_at(at, ignored)
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
            yield from _walk_folder(config, folder, ignored, frozenset())


def _walk_start(config: Config, start: str) -> Iterator[tuple[str, os.stat_result]]:
    if os.path.isfile(start):
        if _is_wanted(config, start):
            yield start, os.stat(start)
    elif os.path.isdir(start):
        yield from _walk_folder(config, start, _ignored_above(config, start), frozenset())


def _ignored_above(config: Config, start: str) -> _Ignored:
    ignored = _Ignored()
    for folder in _between(config.rootdir, start):
        ignored = _ignored_at(folder, ignored)
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
    config: Config, folder: str, ignored: _Ignored, above: frozenset[tuple[int, int]]
) -> Iterator[tuple[str, os.stat_result]]:
    try:
        status = os.stat(folder)
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError:
        return
    identity = (status.st_dev, status.st_ino)
    if identity in above:
        # A link to a folder above itself.
        return
    ignored = _ignored_at(folder, ignored)
    for entry in entries:
        try:
            if entry.is_dir():
                if not _skips_folder(config, entry.path, ignored):
                    yield from _walk_folder(config, entry.path, ignored, above | {identity})
            elif (
                _is_wanted(config, entry.path)
                and entry.is_file()
                and not _is_ignored(entry.path, ignored)
            ):
                yield entry.path, entry.stat()
        except OSError:  # noqa: PERF203 # one entry may fail, the others count
            continue


def _skips_folder(config: Config, folder: str, ignored: _Ignored) -> bool:
    return (
        os.path.basename(folder) == "__pycache__"
        or any(_matches(pattern, folder) for pattern in config.no_recurse)
        or _is_ignored(folder, ignored)
        or _is_environment(folder)
    )


def _is_environment(folder: str) -> bool:
    """Tell whether *folder* is a virtual or a conda environment."""
    return os.path.isfile(os.path.join(folder, "pyvenv.cfg")) or os.path.isfile(
        os.path.join(folder, "conda-meta", "history")
    )


def _matches(pattern: str, path: str) -> bool:
    """Match as pytest's ``fnmatch_ex``: the name, or the whole path if the pattern has parts."""
    pattern = pattern.replace("/", os.sep)
    if os.sep not in pattern:
        return fnmatch.fnmatch(os.path.basename(path), pattern)
    if not os.path.isabs(pattern):
        pattern = f"*{os.sep}{pattern}"
    return fnmatch.fnmatch(path, pattern)


def _is_ignored(path: str, ignored: _Ignored) -> bool:
    return path in ignored.paths or any(fnmatch.fnmatch(path, glob) for glob in ignored.globs)


def _ignored_at(folder: str, ignored: _Ignored) -> _Ignored:
    """Return what holds below *folder*: the nearest conftest that says something decides."""
    try:
        with open(os.path.join(folder, "conftest.py"), "rb") as file:
            source = file.read()
    except OSError:
        return ignored
    if b"collect_ignore" not in source:
        return ignored
    found = dict(_literal_lists(source))
    paths, globs = found.get("collect_ignore"), found.get("collect_ignore_glob")
    if paths is not None:
        joined = (os.path.normpath(os.path.join(folder, path)) for path in paths)
        ignored = attrs.evolve(ignored, paths=frozenset(joined))
    if globs is not None:
        ignored = attrs.evolve(ignored, globs=tuple(os.path.join(folder, glob) for glob in globs))
    return ignored


def _literal_lists(source: bytes) -> Iterable[tuple[str, list[str]]]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError):
        return
    for statement in tree.body:
        match statement:
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value)
            ) if name in {"collect_ignore", "collect_ignore_glob"}:
                try:
                    items = ast.literal_eval(value)
                except (ValueError, TypeError):
                    continue
                if isinstance(items, list | tuple):
                    yield name, [item for item in items if isinstance(item, str)]
            case _:
                pass
