"""A run under way, as its journal tells it."""

from __future__ import annotations

import asyncio
import time
from collections import Counter

from pytest_recall import journal
from pytest_recall_server.model.changes import Progress, Record, RunEvent, RunName, RunReport
from pytest_recall_server.model.collection import explained
from pytest_recall_server.model.plan import Plan
from pytest_recall_server.model.printed import Printed
from pytest_recall_server.model.results import (
    FAILING,
    Event,
    Result,
    collection_error_of,
    is_provisional,
    number,
    result_of,
    text,
    unfinished,
)
from pytest_recall_server.model.walk import Walk
from pytest_recall_server.project.history import Collected, History
from pytest_recall_server.runs.debuggee import Launch

_LAST_OUTPUT = 16_384
_LARGE = 1000
"""A run of more tests than this is large."""
_ENDS = {0, 1, 5}
"""Exit statuses of runs that came to their end: all passed, some failed, there was no test."""


class LiveRun:
    """Takes the events of one journal, and what pytest prints, in order."""

    def __init__(self, name: RunName, history: History) -> None:
        self.name = name
        self.run_id: str | None = None
        """The name of the journal, once it is there."""
        self.command = ""
        self.terminal: str | None = None
        """What a person would type to run the same; None: it was started elsewhere."""
        self.launch: Launch | None = None
        """What the client is to start in a debugger."""
        self.ended = False
        """The journal says that the run is over."""
        self.cancelled = False
        self.last_output = ""
        """The end of what pytest printed."""
        self.killed: tuple[str, ...] = ()
        """The tests that were running when the process ended before its run."""
        self.news = asyncio.Event()
        """There is something to tell."""
        self.stirred = asyncio.Event()
        """pytest has printed something: it may have written more into its journal."""
        self.is_large = asyncio.Event()
        """So many tests will run that it keeps the machine busy for a while."""
        self._history = history
        self._began = time.monotonic()
        self._when: float | None = None
        self._last: float | None = None
        """When the run said something last."""
        self._selected: int | None = None
        self._status: int | None = None
        self._passed_over: int | None = None
        """How many tests stepwise has left out; None: not stepwise, or under xdist."""
        self._outcomes: dict[str, str] = {}
        self._collected = 0
        self._broken: dict[str, None] = {}
        """What could not be collected."""
        self._unsent: list[RunEvent] = []
        self._printed: list[str] = []
        self._cut = Printed()
        self._provisional: dict[str, Result] = {}
        """Failures whose tests were not over yet when they were written."""
        self._plan = Plan()
        self._notices: list[str] = []
        self._running: dict[str, None] = {}
        """Tests that have begun and are not over."""

    def begin(self) -> None:
        """Count the time from now on: the run has waited for others until now."""
        self._began = time.monotonic()

    def printed(self, output: str) -> None:
        """Take what pytest printed."""
        self._printed.append(self._cut.take(output))
        self.news.set()
        self.stirred.set()
        self.last_output = (self.last_output + output)[-_LAST_OUTPUT:]

    def feed(self, event: Event) -> None:
        """Take an event of the journal."""
        self.news.set()
        if event.get("event") != "end":
            self._last = number(event.get("time")) or self._last
        match event.get("event"):
            case "run":
                self._when = number(event.get("time"))
                self._plan.begin(event)
            case "file":
                self._file(event)
            case "selected":
                selected = number(event.get("selected"))
                self._selected = None if selected is None else int(selected)
                if selected is not None and selected > _LARGE:
                    self.is_large.set()
                passed_over = number(event.get("passed_over"))
                self._passed_over = None if passed_over is None else int(passed_over)
                self._plan.select(event)
            case "start":
                self._start(event)
            case "test":
                self._test(event)
            case "notice":
                self._notice(event)
            case "end":
                status = number(event.get("status"))
                self._status = None if status is None else int(status)
                self.ended = True
            case _:
                # A later version says more than this one understands.
                pass

    def _notice(self, event: Event) -> None:
        message = text(event.get("message"))
        if message is not None:
            self._notices.append(message)
            self.printed(f"Pytest Recall: {message}\n")

    def _file(self, event: Event) -> None:
        path = text(event.get("path"))
        if path is None:
            return
        if (error := collection_error_of(event, time.time())) is not None:
            error = explained(error)
            if self._plan.only_collects:
                self._history.add_broken(error)
            else:
                self._history.add_result(error)
            self._outcomes[error.id] = "error"
            self._broken[error.id] = None
            record = Record(result=error)
            self._unsent.append(RunEvent(kind="collectionError", id=error.id, record=record))
            return
        if (why := text(event.get("skipped"))) is not None:
            result = Result(id=path, outcome="skipped", when=self._last, message=why)
            record = Record(result=result)
            self._unsent.append(RunEvent(kind="finished", id=path, record=record))
        collected = collected_of(event, self._when or time.time())
        self._collected += len(collected.ids)
        self._plan.collect(collected.ids)
        self._history.add_collected(path, collected)

    def _start(self, event: Event) -> None:
        self._flush_output()
        node_id = text(event.get("id"))
        if node_id is not None:
            self._plan.start(node_id)
            self._running[node_id] = None
        self._unsent.append(RunEvent(kind="started", id=node_id))

    def _test(self, event: Event) -> None:
        result = result_of(event, time.time())
        if result is None:
            return
        if is_provisional(event):
            self._provisional[result.id] = result
            return
        self._provisional.pop(result.id, None)
        self._finished(result)

    def close(self) -> None:
        """Take what was only provisional as final, and the rest as unfinished.

        Nothing more will come.
        """
        for result in self._provisional.values():
            self._finished(result)
        self._provisional.clear()
        self._printed.append(self._cut.rest())
        self.killed = () if self.ended else tuple(self._running)
        if self._plan.is_remembered:
            left = self._plan.left(self._outcomes.keys())
            self._history.add_unfinished(left, self._plan.when)
            # A run that was killed has not told its own end.
            for node_id in self._running if self._status is None else ():
                self._kill(unfinished(node_id, self._last))
        self._running.clear()

    def _kill(self, result: Result) -> None:
        """Take that the run was killed while a test was running, unless that is old news."""
        if self._history.add_killed(result):
            record = Record(result=result)
            self._unsent.append(RunEvent(kind="unfinished", id=result.id, record=record))

    def _finished(self, result: Result) -> None:
        self._running.pop(result.id, None)
        self._history.add_result(result if result.failing else result.without_output())
        self._history.streaks.add(self.run_id or self.name.run, result)
        self._outcomes[result.id] = result.outcome
        self._flush_output()
        self._unsent.append(RunEvent(kind="finished", id=result.id, record=Record(result=result)))

    def _flush_output(self) -> None:
        if output := "".join(self._printed):
            self._unsent.append(RunEvent(kind="output", output=output))
        self._printed.clear()

    def take(self) -> tuple[RunEvent, ...]:
        """Return what happened since the last time."""
        self._flush_output()
        events = tuple(self._unsent)
        self._unsent.clear()
        self.news.clear()
        return events

    @property
    def selected(self) -> int | None:
        """How many tests will run, once known."""
        return self._selected

    @property
    def status(self) -> int | None:
        """Pytest's exit status as the journal has it, once known."""
        return self._status

    @property
    def only_collects(self) -> bool:
        """No test is to run."""
        return self._plan.only_collects

    @property
    def has_results(self) -> bool:
        """Whether any test or collection error was told of."""
        return bool(self._outcomes)

    @property
    def collected(self) -> tuple[int, int]:
        """How many tests were collected, and how many files or classes could not be."""
        return self._collected, len(self._broken)

    def walk(self) -> Walk | None:
        """Return how far the run has come as a step of stepwise; None: it was none."""
        if not self._plan.is_step:
            return None
        return Walk(
            tests=tuple(each for each in self._outcomes if each not in self._broken),
            passed=sum(outcome in {"passed", "xpassed"} for outcome in self._outcomes.values()),
            passed_over=self._passed_over,
            selected=self._selected,
            stopped=self._status not in _ENDS,
            broken=tuple(self._broken),
        )

    @property
    def tests(self) -> frozenset[str]:
        """The ids of the tests that are over."""
        return frozenset(self._outcomes)

    @property
    def has_first_result(self) -> bool:
        """Whether a test has ended."""
        return len(self._outcomes) > len(self._broken)

    def progress(self) -> Progress:
        """Return how far the run is."""
        failed = sum(outcome in FAILING for outcome in self._outcomes.values())
        done = len(self._outcomes) - len(self._broken)
        return Progress(done=done, total=self._selected, failed=failed)

    def report(self, exit_status: int | None, problem: str | None = None) -> RunReport:
        """Return how the run ended; *exit_status* is the process's, where that is known."""
        status = exit_status if exit_status is not None else self._status
        return RunReport(
            run=self.run_id,
            exit_status=None if self.cancelled else status,
            cancelled=self.cancelled,
            counts=dict(Counter(self._outcomes.values())),
            duration=time.monotonic() - self._began,
            problem=problem,
            notices=tuple(self._notices),
        )


def collected_of(event: Event, when: float) -> Collected:
    """Return the tests in a ``file`` event of a run that began at *when*."""
    ids = tuple(journal.tests_of(event))
    return Collected(when=when, ids=ids, whole=not event.get("partial"))
