"""Import ahead what every run of pytest imports before anything of the project is in play.

What is imported is a prefix of what a plain run imports, in the same order: pytest's own code reads
the options, installs its import hook and finds the plugins, and is stopped before it would load
what comes after. Nothing is registered, so no hook of a plugin is called. Where an import leaves
a trace that a test could see, all of this is to be done again in a new process, up to the plugin
before.
"""

# ruff: noqa: ANN401 - pytest is too private here to have types

from __future__ import annotations

import contextlib
import importlib
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from pytest_recall.installed import Guard, Installed, RefusedError
from pytest_recall.traces import FILTERS, PATH, TRACES, Arguments

LATER = (
    "provider",
    "settings",
    "stepwise",
    "run",
    "known",
    "memory",
    "takeup",
    "select",
    "outcome",
)
"""Modules of ours that runs from an editor import as they go."""


class _Stop(BaseException):
    """All that can be imported ahead has been."""


class SpoiledError(BaseException):
    """An import has left a trace: the process is not to be used.

    pytest takes any `Exception` meanwhile for one of the plugin.
    """

    def __init__(self, name: str, why: str) -> None:
        super().__init__(f"{name}: {why}")
        self.name = name
        """The plugin that was imported; `pytest` before all plugins."""
        self.why = why


class Preload:
    """The imports of one process."""

    def __init__(self, root: str, until: str | None) -> None:
        """Import nothing under *root*, and no plugin from *until* on (None: all)."""
        self.installed = Installed(root)
        self._guard = Guard(self.installed)
        self._until = until
        self._before: dict[str, object] = {}
        self._caught: list[warnings.WarningMessage] = []
        self._printed = -1
        self._current = "pytest"
        self._argv = Arguments(sys.argv)
        self.plugins: list[str] = []
        """What was imported, by the names that pytest gives to plugins."""
        self.ini: str | None = None
        """The configuration file that pytest has read."""

    def run(self, arguments: list[str]) -> None:
        """Import what a run with *arguments* imports; raise `SpoiledError` where that is seen."""
        argv, sys.argv = sys.argv, self._argv
        if sys.gettrace() or sys.getprofile() or sys.flags.dev_mode:
            raise SpoiledError("python", "is traced or in development mode")
        with self._quiet():
            self._before = {trace: look() for trace, look in TRACES.items()}
            sys.meta_path.insert(0, self._guard)
            try:
                self._import(arguments)
            except RefusedError as exc:
                raise SpoiledError(self._current, str(exc)) from exc
            except (Exception, SystemExit) as exc:
                # A plain run shows it.
                raise SpoiledError(self._current, f"cannot be imported ({exc!r})") from exc
            finally:
                sys.meta_path.remove(self._guard)
                sys.argv = argv
        self._forget_own_folders()

    def _import(self, arguments: list[str]) -> None:
        config_module = importlib.import_module("_pytest.config")
        importlib.import_module("pytest")
        config = config_module.get_config(list(arguments))
        self._compare()
        path = self._before[PATH]
        manager = config.pluginmanager
        self._take_hold_of(manager)
        try:
            # What has been asked of it so far, pytest does itself: parse, find, import.
            config.parse(list(arguments))
        except _Stop:
            pass
        finally:
            self.ini = None if config.inipath is None else str(config.inipath)
            config._ensure_unconfigure()  # noqa: SLF001 - what pytest calls in this place
        self._before[PATH] = path
        for name in LATER:
            importlib.import_module(f"pytest_recall.{name}")
        self._compare()

    def _take_hold_of(self, manager: Any) -> None:
        """Let *manager* import plugins but register none, and stop where the project begins."""
        is_blocked = manager.is_blocked
        preparse, entry_points = manager.consider_preparse, manager.load_setuptools_entrypoints
        began = False

        def asked(name: str) -> bool:
            # pytest asks this of every plugin, just before it imports it.
            blocked: bool = is_blocked(name)
            if began and not blocked:
                if name == self._until:
                    raise _Stop
                self._current = name
            return blocked

        def register(plugin: object, name: str | None = None) -> str | None:
            self._compare()
            if name is not None and name not in self.plugins:
                self.plugins.append(name)
            if isinstance(plugin, ModuleType):
                manager.consider_module(plugin)
            return name

        def begin(args: Sequence[str], *, exclude_only: bool = False) -> None:
            nonlocal began
            began = True
            # pytest's import hook has come before it, and `pythonpath` counts from now on.
            sys.meta_path.remove(self._guard)
            sys.meta_path.insert(0, self._guard)
            self._before[PATH] = list(sys.path)
            with self._warned():
                preparse(args, exclude_only=exclude_only)

        def load(group: str, name: str | None = None) -> int:
            with self._warned():
                count: int = entry_points(group, name=name)
            return count

        def stop(*_: object) -> None:
            raise _Stop

        manager.is_blocked, manager.register = asked, register
        manager.consider_preparse, manager.load_setuptools_entrypoints = begin, load
        # PYTEST_PLUGINS and everything after it may be the project's.
        manager.consider_env = stop

    @contextlib.contextmanager
    def _warned(self) -> Iterator[None]:
        """Catch what a plain run would say of the imports."""
        outer, before = self._caught, self._before[FILTERS]
        try:
            with warnings.catch_warnings(record=True) as self._caught:
                self._before[FILTERS] = list(warnings.filters)
                yield
                self._compare()
        finally:
            self._caught, self._before[FILTERS] = outer, before

    @contextlib.contextmanager
    def _quiet(self) -> Iterator[None]:
        """Take what is printed, to know whether there was any."""
        kept = [os.dup(1), os.dup(2)]
        with tempfile.TemporaryFile(buffering=0) as file:
            self._printed = file.fileno()
            os.dup2(self._printed, 1)
            os.dup2(self._printed, 2)
            try:
                yield
            finally:
                for number, copy in enumerate(kept, 1):
                    os.dup2(copy, number)
                    os.close(copy)

    def _flush(self) -> None:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()

    def _compare(self) -> None:
        """Raise if the process is not what it was, but for its modules."""
        for trace, look in TRACES.items():
            if look() != self._before[trace]:
                raise SpoiledError(self._current, trace)
        if self._caught:
            raise SpoiledError(self._current, f"warns: {self._caught[0].message}")
        if self._argv.read:
            raise SpoiledError(self._current, "has looked at the arguments")
        self._flush()
        if os.fstat(self._printed).st_size:
            raise SpoiledError(self._current, "prints something")

    def _forget_own_folders(self) -> None:
        """Let the run list the folders of the project itself."""
        for folder in list(sys.path_importer_cache):
            if not self.installed.holds(folder):
                del sys.path_importer_cache[folder]
