"""`config.cache` and the `cache` fixture's object: pytest's own, with atomic writes."""

from __future__ import annotations

import contextlib
import errno
import os
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from pytest_recall import keys, links, store
from pytest_recall.nodeids import path_of


class Cache(pytest.Cache):  # type: ignore[misc] # final upstream, yet plugins patch methods onto it
    """The cache of one run.

    A subclass, so that what other plugins put onto `pytest.Cache` (`makedir`) is here too.
    """

    problem = ""
    """The first reason why something of the run could not be kept, to be told at its end."""

    unsaved = False
    """Whether a value of ours could not be written, which the journal then has to make good."""

    @classmethod
    def for_config(cls, config: pytest.Config, *, _ispytest: bool = False) -> Cache:
        """Create the cache of *config*, cleared if the run asks for it and is a real one."""
        cachedir = cls.cache_dir_from_config(config, _ispytest=_ispytest)
        cache = cls(cachedir, config, _ispytest=True)
        if config.getoption("cacheclear") and is_real_run(config) and cache.exists:
            from pytest_recall.clearing import clear

            cache.note(clear(cachedir))
        return cache

    @classmethod
    def clear_cache(cls, cachedir: Path, _ispytest: bool = False) -> None:  # noqa: FBT001, FBT002
        """Remove all values and directories, save the journals of runs that are alive."""
        from pytest_recall.clearing import clear

        clear(cachedir)

    @property
    def directory(self) -> Path:
        """The cache directory."""
        return self._cachedir

    @property
    def exists(self) -> bool:
        """Whether the cache directory is there; what cannot be looked at is not."""
        return os.path.isdir(self._cachedir)  # noqa: PTH112 - `Path.is_dir` may raise

    def _getvaluepath(self, key: str) -> Path:
        return keys.path_of_key(self._cachedir / self._CACHE_PREFIX_VALUES, key)

    def set(self, key: str, value: object) -> None:
        """Save *value*, any mix of basic Python types, for *key*; never half of it."""
        problem = self._save(key, value)
        if problem:
            self.warn(problem, _ispytest=True)

    def keep(self, key: str, value: object) -> None:
        """Save as `set` does, for ourselves: what goes wrong is noted, to be told once."""
        problem = self._save(key, value)
        self.unsaved = self.unsaved or bool(problem)
        self.note(problem)

    def note(self, problem: str) -> None:
        """Remember the first *problem* of the run; an empty text is none."""
        self.problem = self.problem or problem

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Note an OSError of what is done within as one more reason."""
        try:
            yield
        except OSError as exc:
            self.unsaved = True
            self.note(f"cache could not write path {exc.filename}: {exc}")

    def _save(self, key: str, value: object) -> str:
        """Write *value*; return what went wrong, in pytest's words."""
        path = self._getvaluepath(key)
        try:
            self._mkdir(path.parent)
        except OSError as exc:
            return f"could not create cache path {path}: {exc}"
        data = store.dump(value)
        try:
            if path == self._cachedir / self._CACHE_PREFIX_VALUES:
                # An empty key; where there is no such folder yet, it would become a file.
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
            links.refuse_links(path.parent, path)
            store.replace_text(path, data)
        except OSError as exc:
            return f"cache could not write path {path}: {exc}"
        return ""

    def prepare(self) -> None:
        """Before the end of a run is remembered, make the cache directory and try its lock."""
        try:
            self.ensure_directory()
        except OSError as exc:
            self.note(f"could not create cache path {self._cachedir}: {exc}")
            return
        problem = store.lock_problem(self._cachedir)
        if problem is not None:
            self.note(f"recall: {self._cachedir} cannot be locked against other runs: {problem}")

    def ensure_directory(self) -> None:
        """Create the cache directory with its supporting files; raises OSError."""
        if not self._cachedir.is_dir():
            from pytest_recall.cachedir import make_cachedir

            make_cachedir(self._cachedir)

    def _mkdir(self, path: Path) -> None:
        self.ensure_directory()
        links.make_folder(self._cachedir, path)

    def mkdir(self, name: str) -> Path:
        """Return the directory *name* of the cache, created if it is not there."""
        path = keys.path_of_name(self._cachedir / self._CACHE_PREFIX_DIRS, name)
        self._mkdir(path)
        return path


CACHE = pytest.StashKey[Cache]()
"""Where our provider keeps the cache of a configuration."""


def cache_of(config: pytest.Config) -> Cache:
    """Return the cache that our provider has given to *config*."""
    # Not `config.cache`: a conftest may replace that.
    return config.stash[CACHE]


def tell(config: pytest.Config, message: str) -> None:
    """Warn with *message*; where warnings are errors, print it instead, so that the run goes on.

    The summary shows it, whichever hook is running.
    """
    if is_worker(config):
        # The controller reads and writes the same, and has one voice.
        return
    warning = pytest.PytestCacheWarning(message)
    try:
        if config.pluginmanager.is_blocked("warnings"):
            warnings.warn(warning, stacklevel=3)
        else:
            config.issue_config_time_warning(warning, stacklevel=3)
    except pytest.PytestCacheWarning:
        terminal = config.pluginmanager.get_plugin("terminalreporter")
        if terminal is None:
            sys.stderr.write(f"warning: {message}\n")
        else:
            terminal.ensure_newline()
            terminal.write_line(f"warning: {message}")


def is_worker(config: pytest.Config) -> bool:
    """Tell whether this process is a worker of pytest-xdist, which must not write."""
    return hasattr(config, "workerinput")


def is_real_run(config: pytest.Config) -> bool:
    """Tell whether tests are to be run: no help, no listing, and every argument exists."""
    option = config.option
    listing = ("help", "collectonly", "markers", "showfixtures", "show_fixtures_per_test")
    if is_worker(config) or any(getattr(option, name, False) for name in listing):
        return False
    if option.pyargs:
        return True
    folder = config.invocation_params.dir
    # What cannot be looked at is not there; `Path.exists` would raise.
    return all(os.path.exists(folder / path_of(argument)) for argument in config.args)  # noqa: PTH110
