"""Sent to a worker of pytest-xdist before its pytest: makes `pytest_recall` importable there.

From the folder that it has here, if that is there too, and without a folder of ours on `sys.path`;
on another machine from the texts of its modules, which then are asked for. Nothing is written to
that machine's disk. Needs nothing but the standard library.
"""

# ruff: noqa: PTH113, PTH120, PTH121 # starts with every worker, and plain paths make it start sooner

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib.abc import ExecutionLoader
from importlib.machinery import ModuleSpec
from types import ModuleType

PACKAGE = "pytest_recall"


class Texts(ExecutionLoader):
    """Finds and loads the modules of the package by their texts."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self._texts = texts

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Find the module *name*."""
        del path, target
        return importlib.util.spec_from_loader(name, self) if name in self._texts else None

    def get_source(self, fullname: str) -> str:
        """Return the text of a module."""
        return self._texts[fullname]

    def get_filename(self, fullname: str) -> str:
        """Return what tracebacks call a module's file."""
        return f"<{fullname}>"

    def is_package(self, fullname: str) -> bool:
        """Tell whether it holds others."""
        return fullname == PACKAGE


def install(initfile: str, ask: Callable[[], Mapping[str, str]]) -> None:
    """Make the package importable that has its `__init__.py` at *initfile*; *ask* gives texts."""
    forget()
    if not os.path.isfile(initfile):
        sys.meta_path.insert(0, Texts(ask()))
        return
    found = importlib.util.find_spec(PACKAGE)
    # One that is installed may be another version than that of the controller.
    if found is None or not found.origin or not os.path.samefile(found.origin, initfile):
        folder = os.path.dirname(initfile)
        spec = importlib.util.spec_from_file_location(
            PACKAGE, initfile, submodule_search_locations=[folder]
        )
        if spec is not None and spec.loader is not None:
            module = importlib.util.module_from_spec(spec)
            sys.modules[PACKAGE] = module
            spec.loader.exec_module(module)


def forget() -> None:
    """Forget what an earlier run has left: a socket server gives one process to many."""
    for finder in [each for each in sys.meta_path if type(each).__name__ == Texts.__name__]:
        sys.meta_path.remove(finder)
    for name in [each for each in sys.modules if each.partition(".")[0] == PACKAGE]:
        del sys.modules[name]


if __name__ == "__channelexec__":
    channel = globals()["channel"]

    def ask() -> Mapping[str, str]:
        """Ask the controller for the texts."""
        channel.send(True)  # noqa: FBT003 - the one word of this dialogue
        texts: Mapping[str, str] = channel.receive()
        return texts

    install(channel.receive(), ask)
    channel.send(False)  # noqa: FBT003
