"""pytest-xdist: what the controller learns from its workers and tells them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import ModuleType
from typing import Protocol

import pytest

from pytest_recall import farside
from pytest_recall.cache import cache_of
from pytest_recall.distribution import HANDED_OVER, is_discord, is_everywhere, plain_id
from pytest_recall.handover import hand_over
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.newfirst import NFPlugin
from pytest_recall.recorder import Recorder
from pytest_recall.select import gone_line
from pytest_recall.selection import Modes, choose_failed, remember
from pytest_recall.stepwise import STOP, StepwisePlugin, stop_file
from pytest_recall.store import make_private

UNEQUAL = (
    "The workers of pytest-xdist have collected different tests, so that none was run; the output"
    " shows the difference. Parameters and their order have to be the same in every process:"
    " sort what comes from a set, and generate no random values."
)


class Channel(Protocol):
    """What is used of an execnet channel."""

    def send(self, item: object) -> None:
        """Send *item*, of basic types, to the remote code."""
        ...

    def receive(self, timeout: float | None = None) -> object:
        """Return what the remote code has sent; raises what it raised."""
        ...

    def waitclose(self, timeout: float | None = None) -> None:
        """Wait until the remote code has ended; raises what it raised."""
        ...


class Gateway(Protocol):
    """What is used of an execnet gateway."""

    def remote_exec(self, source: ModuleType) -> Channel:
        """Start *source* in the worker."""
        ...


class Node(Protocol):
    """What is used of xdist's worker controller."""

    gateway: Gateway
    workerinput: dict[str, object]


def install(gateway: Gateway) -> None:
    """Make our package importable in a worker, on whatever machine."""
    package = Path(__file__).parent
    channel = gateway.remote_exec(farside)
    channel.send(str(package / "__init__.py"))
    if channel.receive():
        channel.send(texts_of(package))
        channel.receive()
    channel.waitclose()


def texts_of(package: Path) -> dict[str, str]:
    """Return what a worker may need of the modules of *package*: name → text."""
    name = package.name
    texts = {f"{name}.{path.stem}": path.read_text("utf-8") for path in package.glob("*.py")}
    texts[name] = texts.pop(f"{name}.__init__")
    return texts


class Controller:
    """Do in the process that has all reports what no worker can do alone."""

    def __init__(self, config: pytest.Config, lastfailed: LFPlugin, newfirst: NFPlugin) -> None:
        self._config = config
        self._lastfailed = lastfailed
        self._newfirst = newfirst
        self._plain = plain_id(config)
        self._handed: str | None = None
        self._stop: Path | None = None
        self._began = False
        self._is_discordant = False
        self._told: list[Mapping[str, list[str]]] = []
        """What the workers that came to their end have said."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Node) -> None:
        """Install our package in the worker before it reads its arguments."""
        install(node.gateway)
        if self._handed is None:
            self._handed = hand_over(self._config, self._lastfailed, self._newfirst)
        node.workerinput[HANDED_OVER] = self._handed
        run = str(node.workerinput["testrunuid"])
        self._stop = stop_file(cache_of(self._config), run)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Learn what was selected, and say so once."""
        plain = list(map(self._plain, ids))
        seen = self._newfirst.seen
        more = list(dict.fromkeys(plain)) if not seen else _without(plain, seen)
        self._newfirst.seen = [*seen, *more]
        stepwise = self._stepwise()
        if stepwise is not None and not stepwise.order:
            stepwise.order = {nodeid: index for index, nodeid in enumerate(plain)}
        if not self._began:
            self._began = True
            self._tell(plain)
        elif more and is_everywhere(self._config) and (recorder := self._recorder()) is not None:
            # On another machine there may be other tests.
            recorder.write_ids(more)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Learn nothing of workers that do not agree, and say what helps."""
        if not is_discord(report):
            return
        self._newfirst.seen = []
        recorder = self._recorder()
        if recorder is not None and not self._is_discordant:
            recorder.write_notice(UNEQUAL)
        self._is_discordant = True

    def _stepwise(self) -> StepwisePlugin | None:
        plugin = self._config.pluginmanager.get_plugin("stepwiseplugin")
        return plugin if isinstance(plugin, StepwisePlugin) else None

    def _recorder(self) -> Recorder | None:
        plugin = self._config.pluginmanager.get_plugin("recall-recorder")
        return plugin if isinstance(plugin, Recorder) else None

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
        recorder = self._recorder()
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
        told = getattr(node, "workeroutput", {}).get(HANDED_OVER)
        if told is not None:
            self._told.append(told)

    def pytest_sessionfinish(self) -> None:
        """Take what the workers have found out together, and the sign to stop away."""
        for nodeid in self._all_say("forgotten"):
            self._lastfailed.delta.setdefault(nodeid, False)
        stepwise = self._stepwise()
        if stepwise is not None:
            stepwise.skipped += dict.fromkeys(one for told in self._told for one in told["skipped"])
        if self._stop is not None:
            with contextlib.suppress(OSError):
                self._stop.unlink(missing_ok=True)

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name the selected tests that are gone, which only workers can know."""
        gone = self._all_say("gone")
        if gone and self._config.option.verbose >= 0:
            terminalreporter.write_line(gone_line(gone))

    def _all_say(self, what: str) -> list[str]:
        """Return what no worker has contradicted: a test may be there on one machine only."""
        first, *others = self._told or [{}]
        return [one for one in first.get(what, ()) if all(one in told[what] for told in others)]


def _without(ids: Iterable[str], others: Iterable[str]) -> list[str]:
    known = set(others)
    return [one for one in dict.fromkeys(ids) if one not in known]


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
