"""pytest-xdist: what the controller learns from its workers and tells them."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import pytest

from pytest_recall.cache import cache_of
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.newfirst import NFPlugin
from pytest_recall.selection import Modes, choose_failed, remember
from pytest_recall.stepwise import STOP, StepwisePlugin, stop_file
from pytest_recall.store import make_private


class Channel(Protocol):
    """What is used of an execnet channel."""

    def waitclose(self, timeout: float | None = None) -> None:
        """Wait until the remote code has ended; raises what it raised."""
        ...


class Gateway(Protocol):
    """What is used of an execnet gateway."""

    def remote_exec(self, source: str, **arguments: object) -> Channel:
        """Start *source* in the worker."""
        ...


class Node(Protocol):
    """What is used of xdist's worker controller."""

    gateway: Gateway
    workerinput: dict[str, object]


INSTALL = """
import importlib.util, sys
if importlib.util.find_spec("pytest_recall") is None:
    spec = importlib.util.spec_from_file_location(
        "pytest_recall", initfile, submodule_search_locations=[folder])
    module = importlib.util.module_from_spec(spec)
    sys.modules["pytest_recall"] = module
    spec.loader.exec_module(module)
"""
"""Makes our package importable in a worker without a folder of ours on its `sys.path`."""


class Controller:
    """Do in the process that has all reports what no worker can do alone."""

    def __init__(self, config: pytest.Config, lastfailed: LFPlugin, newfirst: NFPlugin) -> None:
        self._config = config
        self._lastfailed = lastfailed
        self._newfirst = newfirst
        self._stop: Path | None = None
        self._told = False

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Node) -> None:
        """Install our package in the worker before it reads its arguments."""
        package = Path(__file__).parent
        channel = node.gateway.remote_exec(
            f"initfile = {str(package / '__init__.py')!r}\nfolder = {str(package)!r}\n{INSTALL}"
        )
        channel.waitclose()
        run = str(node.workerinput["testrunuid"])
        self._stop = stop_file(cache_of(self._config), run)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn what was selected, and say so once."""
        self._newfirst.seen = list(dict.fromkeys([*self._newfirst.seen, *ids]))
        stepwise = self._stepwise()
        if stepwise is not None and not stepwise.order:
            stepwise.order = {nodeid: index for index, nodeid in enumerate(ids)}
        if not self._told:
            self._told = True
            self._tell(ids)

    def _stepwise(self) -> StepwisePlugin | None:
        plugin = self._config.pluginmanager.get_plugin("stepwiseplugin")
        return plugin if isinstance(plugin, StepwisePlugin) else None

    def _tell(self, ids: Sequence[str]) -> None:
        option = self._config.option
        if self._lastfailed.active:
            wanted = self._lastfailed.wanted
            remembered = remember(wanted, set(ids), lambda _path: True, wanted)
            unfinished = set(self._lastfailed.unfinished) - self._lastfailed.known.keys()
            modes = Modes(
                last_failed=option.lf,
                failed_first=option.failedfirst,
                none_if_no_failures=self._lastfailed.gives_up,
                outstanding=bool(option.recall_outstanding),
            )
            choice = choose_failed(ids, remembered, modes, unfinished=unfinished)
            self._lastfailed._report_status = choice.status  # noqa: SLF001
        stepwise = self._stepwise()
        if stepwise is not None:
            stepwise.report_status.append(self._step_status(stepwise, ids))
        terminal = self._config.pluginmanager.get_plugin("terminalreporter")
        if terminal is not None and option.verbose >= 0:
            lines = self._lastfailed.pytest_report_collectionfinish() or []
            lines += (stepwise and stepwise.pytest_report_collectionfinish()) or []
            for line in lines:
                terminal.ensure_newline()
                terminal.write_line(line)
        recorder = self._config.pluginmanager.get_plugin("recall-recorder")
        if recorder is not None:
            recorder.open()
            recorder.write_ids(ids)
            recorder.write_selected(ids)

    def _step_status(self, stepwise: StepwisePlugin, ids: Sequence[str]) -> str:
        if stepwise.reset:
            return "resetting state, not skipping."
        last_failed = stepwise.last_failed
        if last_failed is None:
            return "no previously failed tests, not skipping."
        if last_failed not in ids:
            return "previously failed test not found, not skipping."
        return f"continuing from {last_failed}."

    def pytest_runtest_logreport(self) -> None:
        """Once stepwise has stopped, stop the schedule and the workers."""
        session = self._config.pluginmanager.get_plugin("session")
        distributed = self._config.pluginmanager.get_plugin("dsession")
        if distributed is None or session is None or session.shouldstop != STOP:
            return
        distributed.shouldstop = STOP
        if self._stop is not None:
            with contextlib.suppress(OSError):
                make_private(self._stop.parent)
                self._stop.touch()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Node) -> None:
        """Take what only those who collected can know."""
        told = getattr(node, "workeroutput", {}).get("recall", {})
        for nodeid in told.get("forgotten", ()):
            self._lastfailed.delta.setdefault(nodeid, False)
        stepwise = self._stepwise()
        if stepwise is not None:
            stepwise.skipped += told.get("skipped", ())

    def pytest_sessionfinish(self) -> None:
        """Take the sign to stop away."""
        if self._stop is not None:
            with contextlib.suppress(OSError):
                self._stop.unlink(missing_ok=True)


class Worker:
    """Stops a worker when stepwise has stopped in another one."""

    def __init__(self, config: pytest.Config, run: str) -> None:
        self._stop = stop_file(cache_of(config), run)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> bool | None:
        """Leave the rest of the queue alone once the sign is there."""
        if item.session.shouldstop or not self._stop.exists():
            return None
        item.session.shouldstop = STOP
        return True
