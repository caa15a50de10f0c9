"""Which files the client is asked to watch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

import attrs
from lsprotocol import types

from pytest_recall_server.index.config import CONFIG_FILES, Config, is_in
from pytest_recall_server.lsp.uris import uri_of

_CREATE_OR_DELETE = types.WatchKind.Create | types.WatchKind.Delete
_ALL = _CREATE_OR_DELETE | types.WatchKind.Change


@attrs.frozen
class _Wanted:
    base: str
    pattern: str
    kinds: int
    """Those of ``types.WatchKind``, added up."""


def watchers(configs: Iterable[Config], *, relative: bool) -> list[types.FileSystemWatcher]:
    """Return what is to be watched; *relative*: the client knows patterns with a base."""
    wanted = list(dict.fromkeys(each for config in configs for each in _wanted(config)))
    needed = (one for one in wanted if not any(_covers(other, one) for other in wanted))
    return [
        types.FileSystemWatcher(
            glob_pattern=types.RelativePattern(base_uri=uri_of(one.base), pattern=one.pattern)
            if relative
            else f"{one.base.replace(os.sep, '/')}/{one.pattern}",
            kind=one.kinds,
        )
        for one in needed
    ]


def registration(
    identity: str, watchers: Sequence[types.FileSystemWatcher]
) -> types.RegistrationParams:
    """Return the request for *watchers*."""
    return types.RegistrationParams(
        registrations=[
            types.Registration(
                id=identity,
                method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
            )
        ]
    )


def unregistration(identity: str) -> types.UnregistrationParams:
    """Return the request to watch no longer what was registered as *identity*."""
    return types.UnregistrationParams(
        unregisterations=[
            types.Unregistration(id=identity, method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
        ]
    )


def _covers(other: _Wanted, one: _Wanted) -> bool:
    """Tell whether a root around that of *one* has the same watched already."""
    return (
        one.pattern.startswith("**/")
        and (other.pattern, other.kinds) == (one.pattern, one.kinds)
        and other.base != one.base
        and is_in(one.base, other.base)
    )


def _wanted(config: Config) -> Iterator[_Wanted]:
    names = f"{{{','.join(CONFIG_FILES)}}}"
    # Folders that share a root are all watched.
    bases = (config.folder, *(each for each in config.starts if not is_in(each, config.folder)))
    for base in bases:
        for pattern in ("*.py", *config.rules.doctest_files, names):
            yield _Wanted(base, f"**/{pattern}", types.WatchKind.Change)
        # A folder that is moved is told as itself: its files have no event of their own.
        yield _Wanted(base, "**/*", _CREATE_OR_DELETE)
    if config.rootdir != config.folder:
        yield _Wanted(config.rootdir, names, _ALL)
    yield _Wanted(config.cache_dir, "v/**", _ALL)
    yield _Wanted(config.cache_dir, "d/recall/runs/*", _ALL)
