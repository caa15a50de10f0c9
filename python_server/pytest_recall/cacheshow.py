"""`--cache-show`: print what the cache holds."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from pprint import pformat

import pytest
from _pytest._io import TerminalWriter

from pytest_recall.cache import cache_of


def cacheshow(config: pytest.Config, session: pytest.Session) -> int:  # noqa: ARG001
    """Print the values and directory files that match the glob; returns the exit status."""
    cache = cache_of(config)
    cachedir = cache.directory
    writer = TerminalWriter()
    writer.line(f"cachedir: {cachedir}")
    if not cache.exists:
        writer.line("cache is empty")
        return 0
    glob = config.option.cacheshow[0]
    pattern = "*" if glob is None else glob
    if Path(pattern).is_absolute():
        message = f"--cache-show: the glob must be relative to the cache directory: {pattern}"
        raise pytest.UsageError(message)
    _show_values(config, writer, pattern)
    _show_directories(config, writer, pattern)
    return 0


def _show_values(config: pytest.Config, writer: TerminalWriter, pattern: str) -> None:
    cache = cache_of(config)
    values = cache.directory / cache._CACHE_PREFIX_VALUES  # noqa: SLF001 - stock's own name
    writer.sep("-", f"cache values for {pattern!r}")
    unreadable = object()
    for path in sorted(_files(values, pattern)):
        key = str(path.relative_to(values))
        value = cache.get(key, unreadable)
        if value is unreadable:
            writer.line(f"{key} contains unreadable content, will be ignored")
            continue
        writer.line(f"{key} contains:")
        for line in pformat(value).splitlines():
            writer.line(f"  {line}")


def _show_directories(config: pytest.Config, writer: TerminalWriter, pattern: str) -> None:
    cache = cache_of(config)
    directories = cache.directory / cache._CACHE_PREFIX_DIRS  # noqa: SLF001 - stock's own name
    # What is ours alone is shown by its own commands, so that a user's directories stay in sight.
    found = [
        path
        for path in _files(directories, pattern)
        if path.relative_to(directories).parts[0] != "recall" or pattern.startswith("recall")
    ]
    if not directories.is_dir() or not (found or _has_others(directories)):
        return
    writer.sep("-", f"cache directories for {pattern!r}")
    for path in sorted(found):
        key = str(path.relative_to(cache.directory))
        writer.line(f"{key} is a file of length {path.stat().st_size}")


def _has_others(directories: Path) -> bool:
    return any(entry.name != "recall" for entry in directories.iterdir())


def _files(base: Path, pattern: str) -> Iterator[Path]:
    """Yield the files below *base* that match, without those a `..` leads out to."""
    for path in base.rglob(pattern):
        if path.is_file() and Path(os.path.normpath(path)).is_relative_to(base):
            yield path
