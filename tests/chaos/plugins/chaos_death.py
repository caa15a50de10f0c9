"""A plugin of the runs under test: die in a given way at a given moment.

`CHAOS_DEATH` is `exit`, `abort` or `segv`, the number of tests that are over by then, and the
seconds after that, joined by colons.
"""

from __future__ import annotations

import ctypes
import os
import threading
import time

import pytest


def die(way: str, seconds: float) -> None:
    """Sleep and die."""
    time.sleep(seconds)
    if way == "exit":
        os._exit(9)
    if way == "abort":
        os.abort()
    ctypes.string_at(0)


class Death:
    """Comes some time after a number of tests."""

    def __init__(self, way: str, tests: int, seconds: float) -> None:
        self._tests = tests
        self._thread = threading.Thread(target=die, args=(way, seconds), daemon=True)

    def pytest_sessionstart(self) -> None:
        """Count to nought."""
        self._count()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logfinish(self) -> None:
        """Count."""
        self._tests -= 1
        self._count()

    def _count(self) -> None:
        if self._tests == 0:
            self._thread.start()


def pytest_configure(config: pytest.Config) -> None:
    """Let it come."""
    way, tests, seconds = os.environ["CHAOS_DEATH"].split(":")
    config.pluginmanager.register(Death(way, int(tests), float(seconds)), "chaos-death")
