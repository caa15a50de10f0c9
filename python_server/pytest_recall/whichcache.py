"""Ask pytest which cache directory it would use, without loading anything of the project's."""

from __future__ import annotations

import contextlib
import io
import os
import shlex
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from pytest_recall.telling import split, told_by

if TYPE_CHECKING:
    import pytest

QUIET = (
    # No conftest, no capturing, no import hook.
    *("--noconftest", "--capture=no", "--assert=plain"),
    # Nothing that loads or imports what it names, or that stops where a plugin is not loaded.
    *("-o", "required_plugins=", "-o", "filterwarnings=", "-o", "pythonpath="),
)


class ConfigurationError(Exception):
    """pytest is not there or cannot read its configuration."""


@dataclass(frozen=True)
class Configured:
    """What pytest's configuration says."""

    cachedir: Path
    rootdir: Path
    functions: tuple[str, ...]
    """The ini value `python_functions`."""


def configured(folder: Path | None = None) -> Configured:
    """Return what pytest would use if it were run here with `--rootdir` set to *folder*.

    *folder* is absolute; where the working directory does not lie in it, pytest is asked as if it
    were run there, so that the ini file of *folder* counts. Changes the working directory and the
    environment for a moment. Raises `ConfigurationError`.
    """
    try:
        from _pytest import cacheprovider, config
    except ImportError as exc:
        raise ConfigurationError(f"pytest cannot be imported ({exc})") from exc
    with _undisturbed(folder) as asked:
        try:
            arguments = [] if folder is None else [f"--rootdir={folder}"]
            found = _parse(config, [*told_by(asked).arguments(), *arguments, *QUIET])
            # pytest itself decides what options of the ini file have a say in ini values.
            telling = shlex.join(told_by(found.getini("addopts")).arguments())
            if telling:
                last = ("-o", f"addopts={telling}")
                found = _parse(config, [*told_by(asked).arguments(), *arguments, *QUIET, *last])
            cachedir = cacheprovider.Cache.cache_dir_from_config(found, _ispytest=True)
            functions = tuple(found.getini("python_functions"))
        # Any fault of a configuration may show here as any exception, and all mean one thing.
        except (Exception, SystemExit) as exc:
            text = " ".join(str(exc).split()) or type(exc).__name__
            raise ConfigurationError(f"pytest cannot read its configuration ({text})") from exc
    return Configured(absolute(cachedir), found.rootpath, functions)


def absolute(path: Path) -> Path:
    """Return *path* as absolute and without `..`; links stay."""
    return Path(os.path.abspath(path))  # noqa: PTH100 - `resolve` follows links


def _parse(config: ModuleType, arguments: list[str]) -> pytest.Config:
    found: pytest.Config = config.get_config(list(arguments))
    # Only `addopts` that were given as an override are to be taken in.
    takes_addopts = any(argument.startswith("addopts=") for argument in arguments)
    try:
        found.parse(arguments, addopts=takes_addopts)
    finally:
        found._ensure_unconfigure()  # noqa: SLF001 - what pytest calls in this place
    return found


@contextlib.contextmanager
def _undisturbed(folder: Path | None) -> Iterator[list[str]]:
    """Go to *folder*, unless already inside, and give the arguments in `PYTEST_ADDOPTS`.

    Meanwhile no plugin is loaded and nothing is printed; then all is as it was.
    """
    environment, path = dict(os.environ), list(sys.path)
    here = Path.cwd()
    added = os.environ.pop("PYTEST_ADDOPTS", "")
    os.environ.pop("PYTEST_PLUGINS", None)
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    with (
        contextlib.redirect_stdout(io.StringIO()),
        contextlib.redirect_stderr(io.StringIO()),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        try:
            if folder is not None and not here.is_relative_to(folder):
                os.chdir(folder)
            yield split(added)
        finally:
            os.chdir(here)
            os.environ.clear()
            os.environ.update(environment)
            sys.path[:] = path
