"""`--recall-debug`: make way for a debugger, and stop in it where a test fails.

Tests run in this process, where the debugger is, and nothing measures coverage: on Pythons before
3.12 it would take the debugger's place.
"""

from __future__ import annotations

import argparse
import sys
import threading
from collections.abc import Generator
from types import ModuleType, TracebackType

import pytest

from pytest_recall.hooks import Hooks

Caught = tuple[type[BaseException], BaseException, TracebackType | None]

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
    """Stops in the debugger where an exception was raised that fails a test or a collection."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, call: pytest.CallInfo[object]) -> None:
        """Stop, as pytest's `--pdb` would, before anything is torn down."""
        if call.excinfo is not None:
            caught = call.excinfo.value
            stop_at((type(caught), caught, caught.__traceback__))


def make_way(config: pytest.Config) -> None:
    """Prepare a run under a debugger, before other plugins look at their options."""
    known: argparse.Namespace = config.known_args_namespace
    known.no_cov = True
    config.pluginmanager.register(MakingWay(), "recall-debugging")
    if known.recall_debug == FAILURES:
        config.pluginmanager.register(StopAtFailures(), "recall-failures")


def stop_at(caught: Caught) -> None:
    """Show where *caught* was raised, if debugpy is attached and stops at uncaught exceptions."""
    trigger = getattr(sys.modules.get("debugpy"), "trigger_exception_handler", None)
    pydevd = sys.modules.get("pydevd")
    if trigger is not None:
        trigger(caught)
    elif pydevd is not None:
        _stop_in_older(pydevd, caught)


def _stop_in_older(pydevd: ModuleType, caught: Caught) -> None:
    """Do what debugpy before 1.8.22 has no public function for."""
    debugger = pydevd.get_global_debugger()
    if debugger is None:
        return
    thread = threading.current_thread()
    information = debugger.set_additional_thread_info(thread)
    # Else the debugger would follow its own steps.
    information.is_tracing += 1
    try:
        debugger.stop_on_unhandled_exception(debugger, thread, information, caught)
    finally:
        information.is_tracing -= 1
