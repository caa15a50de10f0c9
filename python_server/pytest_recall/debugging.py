"""`--recall-debug`: make way for a debugger, and stop in it where a test fails.

Tests run in this process, where the debugger is, and nothing measures coverage: on Pythons before
3.12 it would take the debugger's place.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Generator

import pytest

from pytest_recall.hooks import Hooks

FAILURES = "failures"


class MakingWay(Hooks):
    """Lets pytest-xdist start no workers."""

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_cmdline_main(self, config: pytest.Config) -> Generator[None, object, object]:
        """Take back what the command line and the ini file say of workers."""
        option = config.option
        if hasattr(option, "numprocesses"):
            option.numprocesses = 0
            option.distload = False
            option.dist = "no"
            option.tx = []
        return (yield)


class StopAtFailures(Hooks):
    """Stops in debugpy where an exception was raised that fails a test or a collection."""

    def __init__(self) -> None:
        # The debugger has imported it: nothing is to be imported in its place.
        self._debugpy = sys.modules.get("debugpy")
        self._stop = getattr(self._debugpy, "trigger_exception_handler", None)

    def pytest_report_header(self) -> str | None:
        """Say so where it cannot stop."""
        if self._debugpy is None or self._stop is not None:
            return None
        version = getattr(self._debugpy, "__version__", "")
        return f"recall: debugpy {version} cannot stop at failures, 1.8.22 or newer can"

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, call: pytest.CallInfo[object]) -> None:
        """Stop, as pytest's `--pdb` would, before anything is torn down.

        Only if the debugger stops at uncaught exceptions: debugpy sees to that.
        """
        if call.excinfo is not None and self._stop is not None:
            self._stop(call.excinfo.value)


def make_way(config: pytest.Config) -> None:
    """Prepare a run under a debugger, before other plugins look at their options."""
    known: argparse.Namespace = config.known_args_namespace
    known.no_cov = True
    config.pluginmanager.register(MakingWay(), "recall-debugging")
    if known.recall_debug == FAILURES:
        config.pluginmanager.register(StopAtFailures(), "recall-failures")
