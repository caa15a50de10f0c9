"""The root that a command looks at, with what its cache remembers."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from pytest_recall import store
from pytest_recall.commandline import guessed_rootdir
from pytest_recall.stepread import PASSED
from pytest_recall.telling import Told, split, told_by
from pytest_recall_server.errors import ConfigError, HumanError
from pytest_recall_server.index.config import Config, read_told_config
from pytest_recall_server.model.streaks import Streaks
from pytest_recall_server.project import earlier, storage
from pytest_recall_server.project.history import History
from pytest_recall_server.project.parsing import Parser
from pytest_recall_server.project.pastruns import newer_journals
from pytest_recall_server.project.preview import Foresight


@dataclass(frozen=True, kw_only=True, slots=True)
class Root:
    """A root and its cache."""

    config: Config
    history: History
    newer: tuple[str, ...]
    """What a newer version has written, relative to the cache directory; then nothing is written.
    """
    parser: Parser
    environment: Mapping[str, str]

    @property
    def cachedir(self) -> str:
        """The cache directory."""
        return self.config.cache_dir

    @property
    def problems(self) -> tuple[str, ...]:
        """Sentences on what could not be read."""
        newer = [
            f"{each} was written by a newer Pytest Recall: what is known of it is read, and"
            " nothing is written"
            for each in self.newer
        ]
        return (*self.config.problems, *self.history.keys.problems, *newer)

    @property
    def foresight(self) -> Foresight:
        """What foresees runs in this root."""
        return Foresight(self.config, self.history, self.parser, self.parser.file, self.environment)

    def read_past(self) -> Streaks:
        """Read what journals tell into the history; return for how long tests have failed."""
        past = earlier.read_past(storage.journals(self.cachedir))
        earlier.take_in(past, self.history)
        return past.streaks


def open_root(options: argparse.Namespace) -> Root:
    """Return the root that *options* name, or else the one that ``pytest`` finds here.

    Runs that were killed are taken up, as the next run would do it.  Raise ``HumanError`` where
    there is no cache directory to read.
    """
    root = open_root_to_fill(options)
    if not os.path.lexists(root.cachedir):
        raise HumanError(
            f"there is no cache directory {root.cachedir}: run `pytest` once in"
            f" {root.config.rootdir}, or name another directory with --cache-dir"
        )
    return root


def open_root_to_fill(options: argparse.Namespace) -> Root:
    """Return the root as `open_root` does; its cache directory need not be there yet."""
    environment = dict(os.environ)
    config = located(options.cache_dir, options.rootdir, environment)
    cachedir = Path(config.cache_dir)
    _check(cachedir)
    newer = tuple(os.path.relpath(each, cachedir) for each in _newer(cachedir))
    if not newer:
        # What cannot be written now is left for whoever comes next.
        with contextlib.suppress(OSError):
            storage.recover(config.cache_dir)
    history = History()
    history.set_keys(storage.read_keys(config.cache_dir))
    return Root(
        config=config,
        history=history,
        newer=newer,
        parser=Parser(config),
        environment=environment,
    )


def located(cachedir: Path | None, rootdir: Path | None, environment: Mapping[str, str]) -> Config:
    """Return the root for what the command line says; raise ``HumanError``."""
    if rootdir is not None and not rootdir.is_dir():
        raise HumanError(f"--rootdir: there is no directory {rootdir}")
    config = _told_config(rootdir, environment)
    if cachedir is None or str(cachedir) == config.cache_dir:
        return config
    if rootdir is None:
        rootdir = guessed_rootdir(cachedir)
        if rootdir is None:
            raise HumanError(
                f"it is not known what node ids in {cachedir} are relative to: give --rootdir DIR"
            )
        config = _told_config(rootdir, environment)
    return replace(config, cache_dir=str(cachedir))


def _told_config(rootdir: Path | None, environment: Mapping[str, str]) -> Config:
    try:
        told = told_by(split(environment.get("PYTEST_ADDOPTS", "")))
    except argparse.ArgumentError as error:
        raise ConfigError(f"PYTEST_ADDOPTS cannot be understood: {error}") from error
    folder = os.getcwd()
    if rootdir is not None:
        told = Told(told.config_file, str(rootdir), told.overrides)
        if not Path(folder).is_relative_to(rootdir):
            # As if pytest were run there, so that its configuration counts.
            folder = str(rootdir)
    return read_told_config(folder, environment, told)


def _check(cachedir: Path) -> None:
    """Raise ``HumanError`` where something is there that cannot be read."""
    if not os.path.lexists(cachedir):
        return
    if not cachedir.is_dir():
        raise HumanError(f"{cachedir} is not a directory")
    try:
        os.listdir(cachedir)
    except OSError as error:
        raise HumanError(f"{cachedir} cannot be read: {error.strerror or error}") from error


def _newer(cachedir: Path) -> list[str]:
    """Return the files that a newer version of ours has written."""
    found = []
    for key in (store.UNFINISHED, PASSED):
        path = store.value_path(cachedir, key)
        value = store.read_json(path).value
        version = value.get("version") if isinstance(value, dict) else None
        if isinstance(version, int) and version > 1:
            found.append(str(path))
    return [*found, *newer_journals(str(cachedir))]
