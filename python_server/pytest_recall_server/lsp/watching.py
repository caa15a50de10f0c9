"""Which files the client is asked to watch."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable, Iterator

from lsprotocol import types

from pytest_recall_server.index.config import CONFIG_FILES, Config
from pytest_recall_server.lsp.uris import uri_of

_CREATE_OR_CHANGE = types.WatchKind.Create | types.WatchKind.Change
_ALL = _CREATE_OR_CHANGE | types.WatchKind.Delete


def registration(configs: Iterable[Config], *, relative: bool) -> types.RegistrationParams:
    """Return the request for watchers; *relative*: the client knows patterns with a base."""
    watchers = [watcher for config in configs for watcher in _watchers(config, relative)]
    return types.RegistrationParams(
        registrations=[
            types.Registration(
                id=str(uuid.uuid4()),
                method=types.WORKSPACE_DID_CHANGE_WATCHED_FILES,
                register_options=types.DidChangeWatchedFilesRegistrationOptions(watchers=watchers),
            )
        ]
    )


def _watchers(config: Config, relative: bool) -> Iterator[types.FileSystemWatcher]:  # noqa: FBT001 # a fact, not a mode
    names = ",".join(CONFIG_FILES)
    wanted = [
        (config.folder, "**/*.py", _CREATE_OR_CHANGE),
        # A folder that is removed is told as itself: its files have no event of their own.
        (config.folder, "**/*", types.WatchKind.Delete),
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
