"""Tell installed modules from those of the project, and let nothing else be imported."""

# ruff: noqa: PTH100, PTH109, PTH120 # pathlib would be imported

from __future__ import annotations

import os
import site
import sys
from collections.abc import Sequence
from importlib.machinery import ModuleSpec
from types import ModuleType

OURS = os.path.dirname(os.path.abspath(__file__))


class RefusedError(BaseException):
    """A module is not an installed one; no `except Exception` of a plugin is to hide it."""


class Installed:
    """Tell what is installed from what is somebody's own."""

    def __init__(self, root: str) -> None:
        """Leave alone what lies under *root* or the working directory."""
        folders = [os.path.dirname(os.__file__), *site.getsitepackages(), OURS]
        if site.ENABLE_USER_SITE:
            folders.append(site.getusersitepackages())
        self.folders = tuple(dict.fromkeys(os.path.abspath(each) for each in folders))
        self._real = tuple(os.path.realpath(each) for each in self.folders)
        self._own = tuple(map(os.path.realpath, (root, os.getcwd())))

    def holds(self, path: str) -> bool:
        """Tell whether *path* is that of an installed module, wherever links lead."""
        if not is_below(os.path.abspath(path), self.folders):
            return False
        real = os.path.realpath(path)
        return is_below(real, self._real) or not is_below(real, self._own)


def is_below(path: str, folders: Sequence[str]) -> bool:
    """Tell whether *path* is one of *folders* or lies in one; all are absolute."""
    return any(path == folder or path.startswith(folder + os.sep) for folder in folders)


class Guard:
    """A finder that lets nothing be executed that is not installed."""

    def __init__(self, installed: Installed) -> None:
        self._installed = installed

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the other finders find; raise where it is not installed."""
        for finder in sys.meta_path:
            if finder is self:
                continue
            spec = finder.find_spec(name, path, target)
            if spec is not None:
                self._check(name, spec)
                return spec
        return None

    def _check(self, name: str, spec: ModuleSpec) -> None:
        if spec.origin in {"built-in", "frozen"}:
            return
        places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or ())
        for place in places:
            if not self._installed.holds(place):
                raise RefusedError(f"it imports {name}, which is not installed but lies at {place}")
