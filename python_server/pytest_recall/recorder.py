"""Write the run journal while pytest runs."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Generator, Iterable, Sequence
from json.encoder import encode_basestring_ascii as quote
from pathlib import Path
from types import FunctionType

import pytest

from pytest_recall import journal, retention
from pytest_recall.cache import cache_of
from pytest_recall.captured import OUTPUT
from pytest_recall.census import Census
from pytest_recall.distribution import is_discord, is_distributed
from pytest_recall.hooks import Hooks
from pytest_recall.journal import FAILURES, Event, encode
from pytest_recall.journalwriter import Writer
from pytest_recall.newfirst import NFPlugin
from pytest_recall.outcome import CAPTURED, Running, cut, failure_details, skip_reason
from pytest_recall.pinned import Pinned
from pytest_recall.reasons import Reasons, first_line
from pytest_recall.runevent import run_event
from pytest_recall.settings import Settings
from pytest_recall.twice import Failures

AT_ONCE = 64 * 1024
"""From so many bytes on, lines about collected files are written."""


def start_recorder(config: pytest.Config, census: Census, settings: Settings) -> Recorder:
    """Register the recorder of *config*'s run and return it."""
    reasons = Reasons(config)
    config.pluginmanager.register(reasons, "recall-reasons")
    recorder = Recorder(config, census, settings, reasons)
    config.pluginmanager.register(recorder, "recall-recorder")
    # Where there is no cache directory yet, a run that collects nothing must not make one.
    if settings.live or cache_of(config).exists:
        recorder.open()
    return recorder


class Recorder(Hooks):
    """Turns pytest's reports into events and appends them to one journal."""

    def __init__(
        self, config: pytest.Config, census: Census, settings: Settings, reasons: Reasons
    ) -> None:
        self._config = config
        self._reasons = reasons
        self._census = census
        self._settings = settings
        self._left_out = () if settings.capture else CAPTURED
        self.wants_output = settings.capture and settings.passed_output
        """Whether the output of tests that do not fail is written, too."""
        self._left_out_if_passed = () if self.wants_output else OUTPUT
        self._failures = Failures()
        self._directory = journal.runs_directory(cache_of(config).directory)
        self._writer: Writer | None = None
        self._problem: OSError | None = None
        self.begin = Pinned.now()
        """When the run began, in seconds since the epoch."""
        self.selected: float | None = None
        """When the tests to run had been chosen; None before that."""
        self._is_distributed = is_distributed(config)
        self._waiting = b""
        """The line of a test that passed just now; it is written with that of the next test."""
        self._written = 0
        """Number of tests in the `file` events."""
        self._run_id = journal.new_run_id()
        self._counts: dict[str, int] = {}
        self._deselected = 0
        self._errors: dict[str, pytest.CollectReport] = {}
        self._skipped: dict[str, pytest.CollectReport] = {}
        """The files that skip themselves while they are imported, until that is written."""
        self._failed_files: set[str] = set()

    @property
    def path(self) -> Path | None:
        """The journal, None as long as there is none."""
        return None if self._writer is None else self._writer.path

    def open(self) -> None:
        """Create the journal, in the fallback directory if need be, and write its first line."""
        if self._writer is not None:
            return
        cache = cache_of(self._config)
        name = f"{self._run_id}{journal.SUFFIX}"
        begin = run_event(self._config, self._settings, self._run_id, self.begin)
        try:
            cache.ensure_directory()
            self._writer = Writer(self._directory / name, begin)
        except OSError as exc:
            self._problem = exc
            with contextlib.suppress(OSError):
                fallback = journal.make_fallback_directory(cache.directory)
                self._writer = Writer(fallback / name, begin)

    def _write(self, event: Event) -> None:
        self._flush(encode(event))

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Keep a collection error for its file's event, and why a whole file is skipped."""
        if report.failed and not is_discord(report):
            self._errors[report.nodeid] = report
        elif report.skipped and report.nodeid:
            self._skipped[report.nodeid] = report

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self) -> Generator[None, object, object]:
        """Write what was collected, before anything is deselected."""
        self._write_files()
        return (yield)

    def _write_files(self) -> None:
        census = self._census
        files = {path: census.items_of(path) for path in census.files()}
        if not self._errors and not any(files.values()):
            self._write_skipped()
            return
        self.open()
        for path, items in files.items():
            if path not in self._errors and path not in self._skipped:
                lines = map(line_of, items.values())
                self._write_file(path, items, lines, is_whole=census.whole(path))
        self._flush()
        self._write_errors()
        self._write_skipped()

    def write_ids(self, ids: Sequence[str]) -> None:
        """Write the files of *ids*, which is all that workers tell of their collection."""
        files: dict[str, dict[str, None]] = {}
        for nodeid in ids:
            files.setdefault(nodeid.partition("::")[0], {})[nodeid] = None
        for path, lines in files.items():
            self._write_file(path, lines, lines.values(), is_whole=False)
        self._flush()

    def _write_file(
        self, path: str, ids: Collection[str], lines: Iterable[int | None], *, is_whole: bool
    ) -> None:
        """Write a `file` event; by hand, since there is an entry for every test."""
        self._written += len(ids)
        start = len(path)
        tests = ",".join(
            [
                f"[{quote(nodeid[start:])},{'null' if line is None else line}]"
                for nodeid, line in zip(ids, lines, strict=True)
            ]
        )
        rest = "" if is_whole else ',"partial":true'
        event = f'{{"event":"file","path":{quote(path)},"tests":[{tests}]{rest}}}\n'
        # One write for many files; whoever writes them flushes what is left at the end.
        self._waiting += event.encode("ascii")
        if len(self._waiting) > AT_ONCE:
            self._flush()

    def _write_errors(self) -> None:
        for nodeid, report in self._errors.items():
            self.open()
            self._failed_files.add(nodeid)
            details: Event = {"id": nodeid, **failure_details(report, self._left_out)}
            path = nodeid.partition("::")[0]
            self._write({"event": "file", "path": path, "error": cut(details)})
        self._errors.clear()

    def _write_skipped(self) -> None:
        if self._writer is None:
            return
        for path, report in self._skipped.items():
            why = first_line(skip_reason(report))
            self._write(
                {"event": "file", "path": path, "tests": [], "partial": True, "skipped": why}
            )
        self._skipped.clear()

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
            newfirst: NFPlugin | None = self._config.pluginmanager.get_plugin("nfplugin")
            items = session.items
            ids = newfirst.ids_of(items) if newfirst else [item.nodeid for item in items]
            self.write_selected(ids)

    def write_selected(self, ids: Sequence[str]) -> None:
        """Write the `selected` event for the tests *ids*."""
        self.selected = Pinned.now()
        lines = self._status_lines()
        why = [{"reason": line, "count": self._deselected} for line in lines]
        self._write(
            {
                "event": "selected",
                "time": self.selected,
                "selected": len(ids),
                "deselected": self._deselected,
                **self._which(ids),
                **self._passed_over(),
                **({"why": why} if why else {}),
            }
        )

    def _which(self, ids: Sequence[str]) -> Event:
        """Return which of the collected tests *ids* are, in the shorter way; nothing if all."""
        if self._is_distributed:
            return {}
        chosen = set(ids)
        census = self._census
        paths = [path for path in census.files() if path not in self._failed_files]
        if chosen == set[str]().union(*map(census.ids_of, paths)):
            return {}
        written = [nodeid for path in paths for nodeid in census.ids_of(path)]
        without = [nodeid for nodeid in written if nodeid not in chosen]
        if len(without) < len(chosen) and chosen.issubset(written):
            return {"without": without} if without else {}
        return {"ids": list(dict.fromkeys(ids))}

    def _passed_over(self) -> Event:
        """Return how many tests stepwise has left out; under xdist only the workers know."""
        stepwise = self._config.pluginmanager.get_plugin("stepwiseplugin")
        if stepwise is None or stepwise.parallel:
            return {}
        return {"passed_over": len(stepwise.skipped)}

    def _status_lines(self) -> list[str]:
        lastfailed = self._config.pluginmanager.get_plugin("lfplugin")
        stepwise = self._config.pluginmanager.get_plugin("stepwiseplugin")
        lines: list[str] = []
        if lastfailed is not None and lastfailed.active and lastfailed._report_status:  # noqa: SLF001
            lines.append(f"run-last-failure: {lastfailed._report_status}")  # noqa: SLF001
        if stepwise is not None:
            lines += [f"stepwise: {line}" for line in stepwise.report_status]
        return lines

    def write_notice(self, message: str) -> None:
        """Write what people are to know of the run besides its results."""
        self.open()
        self._write({"event": "notice", "message": message})

    def write_start(self, quoted: bytes) -> None:
        """Write that the test with the id *quoted* as JSON begins."""
        self._reasons.forget()
        if self._writer is None:
            self.open()
        if self._writer is not None:
            line = b'%b{"event":"start","id":%b}\n' % (self._waiting, quoted)
            self._waiting = b""
            self._writer.write_line(line)

    def write_failure(self, running: Running) -> None:
        """Write at once that a test has failed."""
        event = running.event() | {"time": Pinned.now()}
        members = {"event", "id", "time", "outcome", "phase"}
        self._write({name: value for name, value in event.items() if name in members})

    def write_end(self, running: Running, now: float) -> None:
        """Write the outcome of a test that was over *now*."""
        outcome = running.outcome if running.notable else "passed"
        if not running.is_rerun:
            self._counts[outcome] = self._counts.get(outcome, 0) + 1
        if self._writer is None:
            return
        line = running.line(now, self._left_out, self._left_out_if_passed)
        if outcome not in FAILURES:
            line = self._failures.again(self._writer.path, running.nodeid, now) or line
        elif not running.is_rerun:
            place = (self._writer.size + len(self._waiting), len(line))
            self._failures.note(running.nodeid, place, outcome)
        if running.notable or self._is_distributed:
            self._flush(line)
        else:
            # The next test begins at once, and one write for both costs half as much.
            self._waiting += line

    def give_up(self, exc: Exception) -> None:
        """End the journal early, because of what only a test can have brought about."""
        if self._writer is not None:
            self._writer.problem = self._writer.problem or OSError(f"{type(exc).__name__}: {exc}")
            self._writer.close()

    def _flush(self, line: bytes = b"") -> None:
        if self._writer is not None and (self._waiting or line):
            line, self._waiting = self._waiting + line, b""
            self._writer.write_line(line)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Write the end, after everything has been merged, and remove old journals."""
        # Workers of xdist tell of theirs at any time, and a broken session at its end.
        self._write_errors()
        self._write_skipped()
        self._flush()
        result = yield
        if self._writer is None:
            return result
        status = int(session.exitstatus)
        self._flush()
        self._writer.end(
            {
                "event": "end",
                "status": status,
                "interrupted": status == pytest.ExitCode.INTERRUPTED,
                **({"merged": False} if cache_of(self._config).unsaved else {}),
                "counts": self._counts,
                "duration": round(Pinned.now() - self.begin, 6),
                "time": Pinned.now(),
            }
        )
        with contextlib.suppress(OSError):
            retention.remove_old(self._writer.path.parent)
        return result

    def pytest_unconfigure(self) -> None:
        """Leave no journal behind of what was no session."""
        if self._writer is not None:
            self._writer.discard_unused()

    def problem(self) -> str:
        """Return why the journal is not where and what it should be, empty if it is."""
        if self._problem is not None:
            where = f"in {self._writer.path.parent}" if self._writer is not None else "not written"
            return f"recall: the run journal is {where}: {self._problem}"
        if self._writer is not None and self._writer.problem is not None:
            return f"recall: the run journal ends early: {self._writer.problem}"
        if self._writer is not None and self._writer.opened_again:
            return "recall: the run journal was opened again: the descriptor was closed by a test"
        return ""


def line_of(item: pytest.Item) -> int | None:
    """Return the 1-based line of *item*, cheaply for functions."""
    # `item.function` raises and catches an exception for every plain function.
    test = getattr(item, "obj", None)
    if type(test) is FunctionType and not hasattr(test, "__wrapped__"):
        return test.__code__.co_firstlineno
    function = getattr(test, "__func__", test)
    code = getattr(function, "__code__", None)
    if code is not None and not hasattr(function, "__wrapped__"):
        line: int = code.co_firstlineno
        return line
    first = item.location[1]
    return None if first is None else first + 1
