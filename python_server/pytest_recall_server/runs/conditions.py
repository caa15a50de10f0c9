"""Under which conditions pytest runs: its working directory and its environment."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass

from pytest_recall_server.errors import HumanError
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.dotenv import read_dotenv
from pytest_recall_server.runs.terminal import split_paths
from pytest_recall_server.runs.workers import moves_tests


@dataclass(frozen=True, kw_only=True, slots=True)
class Home:
    """Where a root is invoked by itself; paths are absolute."""

    rootdir: str
    folder: str
    config_file: str | None
    """What makes it a root; None: it has neither options nor a project file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Conditions:
    """Where one run takes place, and with which variables."""

    cwd: str
    """Absolute."""
    environment: dict[str, str]
    paths: tuple[str, ...] | None = None
    """What pytest is to be told to find the rootdir from; None: it finds it by itself."""
    notes: tuple[str, ...] = ()
    """Sentences for the output of the run."""


def conditions_of(
    runner: Runner, environment: Mapping[str, str], home: Home, starts: tuple[str, ...]
) -> Conditions:
    """Return the conditions of a run that starts now.  Blocking.

    A variable is that of ``runner.env``, else of the environment file, else of *environment*.
    *starts* are where the root has its tests, relative to it.
    Raises ``HumanError`` with a sentence that says what to do where there can be no run.
    """
    values, notes = _file_values(runner, environment, home)
    merged = {**environment, **values}
    for name, value in _checked(runner.env).items():
        if value is None:
            merged.pop(name, None)
        else:
            merged[name] = value
    cwd = _cwd(runner, home)
    finds_it = _is_same(cwd, home.folder) and not moves_tests(runner.args)
    paths = None if finds_it else _paths(runner, home, starts, cwd)
    return Conditions(cwd=cwd, environment=merged, paths=paths, notes=notes)


def _cwd(runner: Runner, home: Home) -> str:
    if not runner.cwd:
        return home.folder
    cwd = os.path.normpath(os.path.join(home.folder, runner.cwd))
    if not os.path.isdir(cwd):
        what = "is no folder" if os.path.exists(cwd) else "does not exist"
        raise HumanError(
            f"The working directory {cwd} {what}: create it, or change the setting pytestRecall.cwd"
            " (or python.testing.cwd, where that is empty)."
        )
    return cwd


def _paths(runner: Runner, home: Home, starts: tuple[str, ...], cwd: str) -> tuple[str, ...] | None:
    """Return the folder by which pytest finds the same rootdir from *cwd*, and the starts.

    The starts are what it loads conftest files of before it collects.  Who gives paths as
    arguments has said what pytest is to go by.
    """
    if split_paths(runner.args, cwd)[1]:
        return None
    found = _rootdir_from(cwd, home)
    if not _is_same(found, home.rootdir):
        raise HumanError(
            f"In {cwd} pytest would take {found} for the root of these tests, and not"
            f" {home.rootdir}: add a pytest.ini to {home.rootdir}, or set pytestRecall.cwd to a"
            " folder in it."
        )
    # Invoked in the folder pytest would see it without links, so it is named without them.
    rootdir = os.path.realpath(home.rootdir)
    absolute = (os.path.normpath(os.path.join(rootdir, start)) for start in starts)
    return tuple(dict.fromkeys((os.path.realpath(home.folder), *absolute)))


def _rootdir_from(cwd: str, home: Home) -> str:
    """Return the rootdir that pytest finds in *cwd* when it is given the folder of *home*.

    As ``determine_setup`` in pytest's ``findpaths.py``: the folder decides; only where neither a
    configuration nor a ``setup.py`` is there, what holds both, unless that is the whole disk.
    """
    if home.config_file is not None or os.path.isfile(os.path.join(home.rootdir, "setup.py")):
        return home.rootdir
    try:
        both = os.path.commonpath([os.path.realpath(cwd), os.path.realpath(home.folder)])
    except ValueError:
        # Two drives of Windows.
        return home.rootdir
    return home.rootdir if os.path.dirname(both) == both else both


def why_elsewhere(output: str, rootdir: str) -> str | None:
    """Return a sentence on a run that began no journal in *rootdir*, if it had another rootdir."""
    told = re.search(r"^rootdir: (.+?)\r?$", output, re.MULTILINE)
    if told is None or _is_same(told[1], rootdir):
        return None
    return (
        f"pytest has run with the rootdir {told[1]}, and not {rootdir}: look for paths and"
        " --rootdir in the arguments of pytest, and at its working directory."
    )


def _is_same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


def _file_values(
    runner: Runner, environment: Mapping[str, str], home: Home
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Return what the environment file sets, and what is to be said of it."""
    if not runner.env_file:
        return {}, ()
    path = os.path.normpath(os.path.join(home.folder, runner.env_file))
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except FileNotFoundError as error:
        if runner.env_file_optional:
            return {}, ()
        raise HumanError(_unreadable(path, "does not exist", "create it")) from error
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        sentence = _unreadable(path, f"cannot be read ({reason})", "mend it")
        if runner.env_file_optional:
            return {}, (sentence,)
        raise HumanError(sentence) from error
    read = read_dotenv(text, environment)
    notes = (f"{path}:{line} is not understood and passed over." for line in read.passed_over)
    return {_name(name): value for name, value in read.values.items()}, tuple(notes)


def _unreadable(path: str, what: str, remedy: str) -> str:
    return (
        f"The environment file {path} {what}: {remedy}, or change the setting pytestRecall.envFile."
    )


def _checked(env: Mapping[str, str | None]) -> dict[str, str | None]:
    for name, value in env.items():
        if not name or "=" in name or "\0" in name + (value or ""):
            raise HumanError(
                f"No environment variable can be {name!r} with this value: change the setting"
                " pytestRecall.env."
            )
    return {_name(name): value for name, value in env.items()}


def _name(name: str) -> str:
    """Return *name* as the environment of a process of this system has it."""
    return name.upper() if sys.platform == "win32" else name
