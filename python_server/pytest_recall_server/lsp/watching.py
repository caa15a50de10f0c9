"""Which files the client is asked to watch."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from lsprotocol import types

from pytest_recall_server.index.config import CONFIG_FILES, Config
from pytest_recall_server.lsp.uris import uri_of

_CREATE_OR_DELETE = types.WatchKind.Create | types.WatchKind.Delete
_ALL = _CREATE_OR_DELETE | types.WatchKind.Change


def watchers(configs: Iterable[Config], *, relative: bool) -> list[types.FileSystemWatcher]:
    """Return what is to be watched; *relative*: the client knows patterns with a base."""
    return [watcher for config in configs for watcher in _watchers(config, relative)]


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


def _is_below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip(os.sep) + os.sep)


def _watchers(config: Config, relative: bool) -> Iterator[types.FileSystemWatcher]:  # noqa: FBT001 # a fact, not a mode
    names = ",".join(CONFIG_FILES)
    # Folders that share a root are all watched.
    shared = (start for start in config.starts if not _is_below(start, config.folder))
    bases = (config.folder, *shared)
    files = ("*.py", *config.rules.doctest_files)
    wanted = [
        *((base, f"**/{name}", types.WatchKind.Change) for base in bases for name in files),
        # A folder that is moved is told as itself: its files have no event of their own.
        *((base, "**/*", _CREATE_OR_DELETE) for base in bases),
        (config.folder, f"{{{names}}}", _ALL),
        (config.cache_dir, "v/**", _ALL),
        (config.cache_dir, "d/recall/runs/*", _ALL),
    ]
    if config.rootdir != config.folder:
        wanted.append((config.rootdir, f"{{{names}}}", _ALL))
    for base, pattern, kinds in wanted:
        yield types.FileSystemWatcher(
            glob_pattern=types.RelativePattern(base_uri=uri_of(base), pattern=pattern)
            if relative
            else f"{base.replace(os.sep, '/')}/{pattern}",
            kind=kinds,
        )
