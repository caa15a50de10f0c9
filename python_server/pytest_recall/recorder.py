"""Write the run journal while pytest runs."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Generator, Sequence
from json.encoder import encode_basestring_ascii as quote

import pytest

import pytest_recall
from pytest_recall import git, journal, retention
from pytest_recall.cache import cache_of, tell
from pytest_recall.census import Census
from pytest_recall.journal import Event, Writer
from pytest_recall.outcome import Running, cut, failure_details
from pytest_recall.reasons import Reasons
from pytest_recall.settings import Settings


def start_recorder(config: pytest.Config, census: Census, settings: Settings) -> None:
    """Register the recorder of *config*'s run, and take up what dead runs have left."""
    reasons = Reasons(config)
    config.pluginmanager.register(reasons, "recall-reasons")
    recorder = Recorder(config, census, settings, reasons)
    config.pluginmanager.register(recorder, "recall-recorder")
    # Where there is no cache directory yet, a run that collects nothing must not make one.
    if settings.live or cache_of(config).directory.is_dir():
        recorder.open()


class Recorder:
    """Turns pytest's reports into events and appends them to one journal."""

    def __init__(
        self, config: pytest.Config, census: Census, settings: Settings, reasons: Reasons
    ) -> None:
        self._config = config
        self._reasons = reasons
        self._census = census
        self._settings = settings
        self._directory = journal.runs_directory(cache_of(config).directory)
        self._writer: Writer | None = None
        self._problem: OSError | None = None
        self._started = time.time()
        self._run_id = journal.new_run_id()
        self._running: dict[str, Running] = {}
        self._counts: dict[str, int] = {}
        self._deselected = 0
        self._errors: dict[str, pytest.CollectReport] = {}

    def open(self) -> None:
        """Create the journal, in the fallback directory if need be, and write its first line."""
        if self._writer is not None:
            return
        fallback = journal.fallback_directory(cache_of(self._config).directory)
        for directory in (self._directory, fallback):
            try:
                if directory is self._directory:
                    cache_of(self._config).ensure_directory()
                self._writer = Writer(directory / f"{self._run_id}{journal.SUFFIX}")
                break
            except OSError as exc:
                self._problem = self._problem or exc
        self._write(self._run_event())

    def _write(self, event: Event) -> None:
        if self._writer is not None:
            self._writer.write(event)

    def _run_event(self) -> Event:
        config = self._config
        modes = {"lf": "lf", "ff": "failedfirst", "nf": "newfirst", "sw": "stepwise"}
        modes |= {"collect-only": "collectonly", "select": "recall_select"}
        modes |= {"readonly": "recall_readonly"}
        selection = [name for name, dest in modes.items() if getattr(config.option, dest, None)]
        python = ".".join(map(str, sys.version_info[:3]))
        workers = getattr(config.option, "tx", None)
        environment = self._settings.environment
        return {
            "event": "run",
            "format": journal.FORMAT,
            "run": self._run_id,
            "pid": int(self._run_id.split("-")[1]),
            "time": self._started,
            "rootdir": str(config.rootpath),
            "cwd": str(config.invocation_params.dir),
            "args": self._arguments(),
            "selection": selection,
            **({"environment": environment} if environment else {}),
            "versions": {
                "pytest": pytest.__version__,
                "python": python,
                "recall": pytest_recall.__version__,
            },
            "git": git.head_of(config.rootpath)[0],
            "workers": len(workers) if workers and config.option.dist != "no" else 0,
        }

    def _arguments(self) -> list[str]:
        """Return the arguments of the invocation, without those our launcher has added."""
        if self._settings.live:
            return sys.argv[1:]
        return [str(argument) for argument in self._config.invocation_params.args]

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a collection error for its file's event."""
        if report.failed:
            self._errors[report.nodeid] = report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self) -> Generator[None, object, object]:
        """Write what was collected, before anything is deselected."""
        self._write_files()
        return (yield)

    def _write_files(self) -> None:
        census = self._census
        files = {path: census.items_of(path) for path in census.files()}
        if not self._errors and not any(files.values()):
            return
        self.open()
        for path, items in files.items():
            tests = [[item.nodeid[len(path) :], line_of(item)] for item in items]
            partial = {} if census.whole(path) else {"partial": True}
            if path not in self._errors:
                self._write({"event": "file", "path": path, "tests": tests, **partial})
        for nodeid, report in self._errors.items():
            self._write_error(nodeid, report)
        self._errors.clear()

    def write_ids(self, ids: Sequence[str]) -> None:
        """Write the files of *ids*, which is all that workers tell of their collection."""
        files: dict[str, list[list[object]]] = {}
        for nodeid in ids:
            path = nodeid.partition("::")[0]
            files.setdefault(path, []).append([nodeid[len(path) :], None])
        for path, tests in files.items():
            self._write({"event": "file", "path": path, "tests": tests, "partial": True})

    def _write_error(self, nodeid: str, report: pytest.CollectReport) -> None:
        path = nodeid.partition("::")[0]
        details: Event = {"id": nodeid, **failure_details(report)}
        self._write({"event": "file", "path": path, "error": cut(details)})

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """Count."""
        self._deselected += len(items)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Write how many tests are to run, and why no others are."""
        if self._errors:
            # Collection ended in an exception, before anything could be selected.
            self._write_files()
        if self._writer is not None and not hasattr(self._config, "workerinput"):
            self.write_selected(len(session.items))

    def write_selected(self, count: int) -> None:
        """Write the `selected` event for *count* tests."""
        lines = self._status_lines()
        why = [{"reason": line, "count": self._deselected} for line in lines]
        self._write(
            {
                "event": "selected",
                "selected": count,
                "deselected": self._deselected,
                **({"why": why} if why else {}),
            }
        )

    def _status_lines(self) -> list[str]:
        lastfailed = self._config.pluginmanager.get_plugin("lfplugin")
        stepwise = self._config.pluginmanager.get_plugin("stepwiseplugin")
        lines: list[str] = []
        if lastfailed is not None and lastfailed.active and lastfailed._report_status:  # noqa: SLF001
            lines.append(f"run-last-failure: {lastfailed._report_status}")  # noqa: SLF001
        if stepwise is not None:
            lines += [f"stepwise: {line}" for line in stepwise.report_status]
        return lines

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Write that a test begins."""
        self._reasons.forget()
        quoted = quote(nodeid)
        self._running[nodeid] = Running(nodeid, quoted)
        if self._writer is None:
            self.open()
        if self._writer is not None:
            self._writer.write_line(f'{{"event":"start","id":{quoted}}}\n'.encode("ascii"))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a phase's report; a failure is written at once, lest a kill loses it."""
        running = self._running.get(report.nodeid)
        if running is None:
            running = Running(report.nodeid, quote(report.nodeid))
            self._running[report.nodeid] = running
        running.add(report)
        if report.outcome == "failed":
            early = running.event()
            self._write(
                {name: early[name] for name in early if name in {"event", "id", "outcome", "phase"}}
            )
            if report.when not in {"setup", "call", "teardown"}:
                # xdist's word for a crashed worker: nothing more will come.
                self.pytest_runtest_logfinish(report.nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Write the outcome of a test, now that all its phases are over."""
        running = self._running.pop(nodeid, None)
        if running is None or not (running.durations or running.notable):
            return
        outcome = running.outcome if running.notable else "passed"
        self._counts[outcome] = self._counts.get(outcome, 0) + 1
        if self._writer is not None:
            self._writer.check_descriptor()
            self._writer.write_line(running.line())

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write the end, after everything has been merged, and remove old journals."""
        result = yield
        if self._writer is None:
            return result
        status = int(session.exitstatus)
        self._write(
            {
                "event": "end",
                "status": status,
                "interrupted": status == pytest.ExitCode.INTERRUPTED,
                "counts": self._counts,
                "duration": round(time.time() - self._started, 6),
                "time": time.time(),
            }
        )
        self._problem = self._problem or self._writer.problem
        self._writer.close()
        if self._problem is not None:
            self._tell_problem()
        with contextlib.suppress(OSError):
            retention.remove_old(self._writer.path.parent)
        return result

    def _tell_problem(self) -> None:
        cache = cache_of(self._config)
        # One warning about a directory that cannot be written is enough.
        if self._writer is not None and not cache.warned:
            where = self._writer.path.parent
            tell(self._config, f"recall: the run journal is in {where}: {self._problem}")


def line_of(item: pytest.Item) -> int | None:
    """Return the 1-based line of *item*, cheaply for functions."""
    function = getattr(item, "function", None)
    code = getattr(function, "__code__", None)
    if code is not None and "__wrapped__" not in vars(function):
        return int(code.co_firstlineno)
    line = item.location[1]
    return None if line is None else line + 1
