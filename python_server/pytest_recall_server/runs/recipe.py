"""What a waiting process rests on, and whether that still holds."""

from __future__ import annotations

import glob
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from pytest_recall.modulenames import modules_in

State = tuple[int, int] | None
"""Time of the last change in ns and size; None: there is no such file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recipe:
    """How it is to be started.  Paths are absolute."""

    interpreter: str
    root: str
    cwd: str
    environment: Mapping[str, str]
    arguments: tuple[str, ...]
    """Those of the launcher, without what only one run has."""
    states: Mapping[str, State] = field(default_factory=dict)
    """Files that decide which interpreter and which plugins there are."""
    folders: Mapping[str, State] = field(default_factory=dict)
    """Where packages are installed, as it was before anything was imported."""

    def why_other(self, now: Recipe) -> str | None:
        """Return what is not the same *now*, or None."""
        for what, one, other in (
            ("the interpreter", self.interpreter, now.interpreter),
            ("the working directory", self.cwd, now.cwd),
            ("the environment", self.environment, now.environment),
            ("the arguments", self.arguments, now.arguments),
        ):
            if one != other:
                return f"{what} changed"
        for path in {*self.states, *now.states}:
            if self.states.get(path) != now.states.get(path):
                return f"{path} changed"
        return None


def dated(recipe: Recipe, config_files: Sequence[str]) -> Recipe:
    """Return *recipe* with the states of its files as they are now.  Blocking.

    *config_files*: names of files in which pytest looks for its options.
    """
    folders = dict.fromkeys((*_upwards(recipe.cwd), recipe.root))
    ini = (os.path.join(folder, name) for folder in folders for name in config_files)
    home = os.path.dirname(os.path.dirname(recipe.interpreter))
    real = os.path.realpath(recipe.interpreter)
    paths = (recipe.interpreter, real, os.path.join(home, "pyvenv.cfg"), *ini)
    states = {path: state for path in paths if (state := state_of(path)) is not None}
    packages = glob.glob(os.path.join(home, "lib*", "python*", "*-packages"))
    folders = {path: state_of(path) for path in packages}
    return replace(recipe, states=states, folders=folders)


def _upwards(folder: str) -> list[str]:
    found = [folder]
    while (parent := os.path.dirname(found[-1])) != found[-1]:
        found.append(parent)
    return found


def state_of(path: str) -> State:
    """Return how the file is now."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size


@dataclass(frozen=True, kw_only=True, slots=True)
class Basis:
    """What a waiting process has imported, as it says (``Preload.basis`` of the plugin)."""

    files: Mapping[str, Sequence[int] | None]
    folders: Mapping[str, int | None]
    own: Sequence[str]
    names: Sequence[str]

    def why_outdated(self) -> str | None:
        """Return what has changed since it was imported, or None.  Blocking."""
        for path, was in self.files.items():
            if state_of(path) != (None if was is None else tuple(was)):
                return f"{path} changed"
        for path, time in self.folders.items():
            state = state_of(path)
            if (None if state is None else state[0]) != time:
                return f"{path} changed"
        names = set(self.names)
        for folder in self.own:
            found = names & modules_in(folder)
            if found:
                return f"{folder} holds a module {min(found)}"
        return None
