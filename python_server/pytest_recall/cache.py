"""`config.cache` and the `cache` fixture's object: pytest's own, with atomic writes."""

from __future__ import annotations

import contextlib
import shutil
import warnings
from pathlib import Path

import pytest

from pytest_recall import store
from pytest_recall.cachedir import make_cachedir
from pytest_recall.nodeids import path_of


class Cache(pytest.Cache):  # type: ignore[misc] # final upstream, yet plugins patch methods onto it
    """The cache of one run.

    A subclass, so that what other plugins put onto `pytest.Cache` (`makedir`) is here too, and so
    that the rules for keys are those of the pytest it runs under.
    """

    @classmethod
    def for_config(cls, config: pytest.Config, *, _ispytest: bool = False) -> Cache:
        """Create the cache of *config*, cleared if the run asks for it and is a real one."""
        cachedir = cls.cache_dir_from_config(config, _ispytest=_ispytest)
        if config.getoption("cacheclear") and is_real_run(config) and cachedir.is_dir():
            cls.clear_cache(cachedir, _ispytest=True)
        return cls(cachedir, config, _ispytest=True)

    @classmethod
    def clear_cache(cls, cachedir: Path, _ispytest: bool = False) -> None:  # noqa: FBT001, FBT002
        """Remove all values and directories, save the journals of runs that are alive."""
        with store.locked(cachedir):
            _remove(cachedir / cls._CACHE_PREFIX_VALUES)
            _remove_directories(cachedir / cls._CACHE_PREFIX_DIRS)

    warned = False
    """Whether a value could not be written."""

    @property
    def directory(self) -> Path:
        """The cache directory."""
        return self._cachedir

    def set(self, key: str, value: object) -> None:
        """Save *value*, any mix of basic Python types, for *key*; never half of it."""
        path = self._getvaluepath(key)
        try:
            self._mkdir(path.parent)
        except OSError as exc:
            self.warned = True
            self.warn(f"could not create cache path {path}: {exc}", _ispytest=True)
            return
        data = store.dump(value)
        try:
            store.replace_text(path, data)
        except OSError as exc:
            self.warned = True
            self.warn(f"cache could not write path {path}: {exc}", _ispytest=True)

    def ensure_directory(self) -> None:
        """Create the cache directory with its supporting files; raises OSError."""
        if not self._cachedir.is_dir():
            make_cachedir(self._cachedir)

    def _mkdir(self, path: Path) -> None:
        self.ensure_directory()
        path.mkdir(exist_ok=True, parents=True)

    def mkdir(self, name: str) -> Path:
        """Return the directory *name* of the cache, created if it is not there."""
        if len(Path(name).parts) == 1:
            self.ensure_directory()
        return super().mkdir(name)


def cache_of(config: pytest.Config) -> Cache:
    """Return the cache that our provider has given to *config*."""
    cache = config.cache
    if not isinstance(cache, Cache):
        raise TypeError(f"config.cache was replaced by {cache!r}")
    return cache


def tell(config: pytest.Config, message: str) -> None:
    """Warn with *message*; where warnings are errors, print it instead, so that the run goes on."""
    warning = pytest.PytestCacheWarning(message)
    try:
        warnings.warn(warning, stacklevel=3)
    except pytest.PytestCacheWarning:
        config.get_terminal_writer().line(f"\nwarning: {message}")


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
    return all((folder / path_of(argument)).exists() for argument in config.args)


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink(missing_ok=True)
    elif path.is_dir():
        shutil.rmtree(path, ignore_errors=True)


def _remove_directories(base: Path) -> None:
    """Remove `d/` but for the lock that others may wait for and journals that are being written."""
    from pytest_recall.retention import is_alive

    runs = base / "recall" / "runs"
    if not runs.is_dir() or runs.is_symlink():
        kept = {base / "recall" / "lock"}
    else:
        kept = {journal for journal in runs.iterdir() if is_alive(journal)}
        kept.add(base / "recall" / "lock")
    _remove_but(base, kept)


def _remove_but(path: Path, kept: set[Path]) -> None:
    """Remove what lies below *path* and then *path*, save *kept* and what leads to it."""
    if path in kept:
        return
    with contextlib.suppress(OSError):
        if path.is_symlink() or not path.is_dir():
            path.unlink()
            return
        for entry in path.iterdir():
            _remove_but(entry, kept)
        path.rmdir()
