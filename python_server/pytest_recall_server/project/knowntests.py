"""Gather the tests of one root that are known on disk.  Blocking: called in threads."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from pytest_recall import kept
from pytest_recall_server.imports.known import KnownTests
from pytest_recall_server.index.config import Config
from pytest_recall_server.index.discovery import Discovery
from pytest_recall_server.index.walk import walk
from pytest_recall_server.project import earlier, storage


def known_tests(config: Config) -> KnownTests:
    """Return what parsing finds, the cache remembers and earlier runs have collected.

    Files that an earlier server has parsed are not parsed again, and nothing is written.
    """
    functions: dict[str, Sequence[str] | None] = {}
    collectors: list[str] = []
    discovery = Discovery(config)
    discovery.load()
    files = list(walk(config))
    discovery.begin(files)
    for file in files:
        collectors.append(file.path)
        found = discovery.file(file.path)
        if found is None:
            continue
        collectors += [file.path + suffix for suffix in found.flat.classes]
        functions.update(
            (file.path + suffix, parameters) for suffix, parameters in found.flat.functions
        )
    return KnownTests(functions, collectors, _remembered(config))


def _remembered(config: Config) -> Iterator[str]:
    cachedir = Path(config.cache_dir).resolve()
    for key in (kept.read_known, kept.read_failed, kept.read_unfinished):
        with contextlib.suppress(OSError):
            yield from key(cachedir).ids
    past = earlier.read_past(storage.journals(config.cache_dir))
    yield from past.results
    for collected in past.collected.values():
        yield from collected.ids
