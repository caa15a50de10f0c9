"""A pytest plugin that adds up the CPU time inside the hooks of stock's cache plugins, or of ours.

It goes first on the command line.  Both are wrapped alike, from pytest's configuration on; where
a hook of theirs calls another one, that is counted once.  The sum in seconds, and that
of each hook, are written as JSON to the file that BENCH_HOOKTIME names when the process ends.
"""

from __future__ import annotations

import atexit
import json
import os
import time
from collections.abc import Callable, Generator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

MEASURED = ("_pytest.cacheprovider", "_pytest.stepwise", "pytest_recall")
_clock = time.process_time


class HookTime:
    """Wraps the hooks of every plugin that is measured."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = {}
        """By module, class and hook."""
        self._is_inside = False

    def pytest_plugin_registered(self, plugin: object, manager: pytest.PytestPluginManager) -> None:
        """Wrap the hooks of *plugin*; pytest tells of those before us as well."""
        if not _module_of(plugin).startswith(MEASURED):
            return
        for caller in manager.get_hookcallers(plugin) or ():
            for each in caller.get_hookimpls():
                if each.plugin is plugin:
                    generates = each.wrapper or each.hookwrapper
                    wrap = self._timed_wrapper if generates else self._timed
                    name = f"{_module_of(plugin)}: {each.function.__qualname__}"
                    each.function = wrap(name, each.function)  # type: ignore[misc] # not of ours

    def _timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: object) -> object:
            return self._count(name, function, *args)

        return timed

    def _timed_wrapper(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def timed(*args: object) -> Generator[object, object, object]:
            generator = function(*args)
            try:
                told = yield self._count(name, next, generator)
                # What pytest and others do in between is not the hook's.
                self._count(name, generator.send, told)
            except StopIteration as end:
                return end.value
            raise RuntimeError("a wrapper has yielded twice")

        return timed

    def _count(self, name: str, function: Callable[..., Any], *args: object) -> object:
        if self._is_inside:
            return function(*args)
        self._is_inside = True
        begin = _clock()
        try:
            return function(*args)
        finally:
            self.seconds[name] = self.seconds.get(name, 0.0) + _clock() - begin
            self._is_inside = False

    def write(self) -> None:
        """Write what was added up."""
        text = json.dumps({"sum": sum(self.seconds.values()), "hooks": self.seconds}, indent=1)
        Path(os.environ["BENCH_HOOKTIME"]).write_text(text, "utf-8")


def pytest_addoption(pluginmanager: pytest.PytestPluginManager) -> None:
    """Begin; pytest calls this at the moment of registration."""
    hook_time = HookTime()
    pluginmanager.register(hook_time, "bench-hooktime")
    atexit.register(hook_time.write)


def _module_of(plugin: object) -> str:
    return plugin.__name__ if isinstance(plugin, ModuleType) else type(plugin).__module__
