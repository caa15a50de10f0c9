"""Make one `test` event out of the reports of a test's phases."""

from __future__ import annotations

import re
from collections.abc import Collection

import pytest

from pytest_recall.captured import OUTPUT, captured_of
from pytest_recall.journal import Event, cut_text, encode
from pytest_recall.reasons import ATTRIBUTE, first_line

CAPTURED = ("longrepr", *OUTPUT, "expected", "actual")
"""What `recall_capture = false` leaves out: it may hold secrets."""

PHASES = ("setup", "call", "teardown")
PASSED = (
    b'{"event":"test","id":%b,"time":%.3f,"outcome":"passed",'
    b'"duration":{"setup":%.6f,"call":%.6f,"teardown":%.6f}}\n'
)
"""The line of a test that just passed; of all ways to format it this is the quickest."""

RERUN = "rerun"
"""The word of plugins for an attempt that failed and is followed by another."""
FAILED = frozenset({"failed", RERUN})

TALLY = r"contains \d+ failed subtests?$"
"""Compiled when a test has failed: every run would pay for it."""

LONG_TEXTS = (*CAPTURED, "message")


class Running:
    """A test that has begun; there is one for every test, so it is kept small and quick."""

    __slots__ = ("begun", "durations", "last", "nodeid", "notable", "quoted", "subtests")

    def __init__(self, nodeid: str, quoted: bytes) -> None:
        self.nodeid = nodeid
        self.quoted = quoted
        """The id as JSON."""
        self.durations: dict[str, float] = {}
        self.notable: list[pytest.TestReport] = []
        """Reports of phases that did not simply pass."""
        self.last: pytest.TestReport | None = None
        """The last report of a phase, as far as anybody will ask for what was captured."""
        self.subtests: list[pytest.TestReport] = []
        self.begun = 1
        """How many times it has begun and is not over: some ways to run do so at once."""

    def add(self, report: pytest.TestReport) -> None:
        """Take the report of one phase or subtest."""
        if type(report) is not pytest.TestReport and is_subtest(report):
            self.subtests.append(report)
        else:
            self.last = report
            if report.when in PHASES:
                self.durations[report.when] = report.duration
        if report.outcome != "passed" or hasattr(report, "wasxfail"):
            self.notable.append(report)

    def line(
        self, time: float, left_out: Collection[str] = (), left_out_if_passed: Collection[str] = ()
    ) -> bytes:
        """Return the line of the journal for a test that was over at *time*.

        It is made by hand for the many tests that just pass.
        """
        durations = self.durations
        if self.notable or self.last is not None or len(durations) != len(PHASES):
            return encode(self.event(left_out, left_out_if_passed) | {"time": time})
        phases = (durations["setup"], durations["call"], durations["teardown"])
        return PASSED % (self.quoted, time, *phases)

    def event(
        self, left_out: Collection[str] = (), left_out_if_passed: Collection[str] = ()
    ) -> Event:
        """Return the `test` event, without the members that are to be left out of it."""
        report = self._decisive()
        event: Event = {"event": "test", "id": self.nodeid, "outcome": outcome_of(report)}
        event["duration"] = {when: round(time, 6) for when, time in self.durations.items()}
        if report is not None and report.outcome in FAILED:
            # xdist's word for a crash of a worker is the report of no phase.
            event["phase"] = report.when if report.when in PHASES else "call"
            event.update(failure_details(report, left_out))
            event.update(self._other_failures(report, left_out))
        else:
            left_out = left_out_if_passed
            if report is not None:
                event["message"] = first_line(skip_reason(report))
        captured = {} if self.last is None else captured_of(self.last, self.subtests)
        event.update((name, text) for name, text in captured.items() if name not in left_out)
        return cut(event)

    def _other_failures(self, decisive: pytest.TestReport, left_out: Collection[str]) -> Event:
        """Return the members that tell of all failed subtests, and of other phases that failed."""
        failed = [report for report in self.notable if report.outcome == "failed"]
        subtests = [_subtest(report) for report in failed if is_subtest(report)]
        errors = [
            _error(report, left_out)
            for report in failed
            if report is not decisive and not is_subtest(report) and not _is_tally(report)
        ]
        members: Event = {"subtests": subtests, "errors": errors}
        return {name: value for name, value in members.items() if value}

    @property
    def is_rerun(self) -> bool:
        """Whether this attempt failed and another one follows."""
        return any(str(report.outcome) == RERUN for report in self.notable)

    @property
    def outcome(self) -> str:
        """The outcome as far as it is known."""
        return outcome_of(self._decisive())

    def _decisive(self) -> pytest.TestReport | None:
        """Return the report that decides: a failed call before an error around it, then a skip."""
        failed = [report for report in self.notable if report.outcome in FAILED]
        if failed:
            return min(failed, key=_weight)
        whole = [report for report in self.notable if not is_subtest(report)]
        return None if not whole or _is_late_skip(whole[0]) else whole[0]


def _weight(report: pytest.TestReport) -> tuple[bool, bool, bool]:
    # That there are failed subtests says less than what one of them says.
    return (report.when != "call", _is_tally(report), is_subtest(report))


def _is_tally(report: pytest.TestReport) -> bool:
    """Tell whether all that a failed *report* says is how many subtests have failed."""
    return isinstance(report.longrepr, str) and bool(re.match(TALLY, report.longrepr))


def _is_late_skip(report: pytest.TestReport) -> bool:
    """Tell whether *report* is of a tear-down that was skipped, after the test had passed."""
    return (
        report.when == "teardown"
        and report.outcome == "skipped"
        and not hasattr(report, "wasxfail")
    )


def outcome_of(report: pytest.TestReport | None) -> str:
    """Return the journal's word for the outcome that *report* decides."""
    if report is None:
        return "passed"
    if report.outcome in FAILED:
        return "error" if report.when in {"setup", "teardown"} else "failed"
    if hasattr(report, "wasxfail"):
        return "xpassed" if report.outcome == "passed" else "xfailed"
    return "skipped" if report.outcome == "skipped" else "passed"


def failure_details(
    report: pytest.TestReport | pytest.CollectReport, left_out: Collection[str] = ()
) -> Event:
    """Return message, place, frames, long report and output of a failed *report*."""
    text = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    # Of a plain text, `longreprtext` begins with a line on the worker that it comes from.
    plain = report.longrepr if isinstance(report.longrepr, str) else text
    details: Event = {"message": first_line(getattr(crash, "message", None) or plain)}
    location = getattr(report, "location", None)
    if location is not None and location[1] is not None:
        details["place"] = {"path": location[0], "line": location[1] + 1}
    details.update(getattr(report, ATTRIBUTE, {}))
    captured = (report.capstdout, report.capstderr, report.caplog)
    for name, content in zip(
        ("longrepr", "stdout", "stderr", "log"), (text, *captured), strict=True
    ):
        if content:
            details[name] = content
    for name in left_out:
        details.pop(name, None)
    return details


def skip_reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    """Return why a test or a file was skipped, or a test was expected to fail."""
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return str(expected).removeprefix("reason: ")
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext


def is_subtest(report: pytest.TestReport) -> bool:
    """Tell whether *report* is of a part of a test: pytest's own subtests or pytest-subtests'."""
    return type(report) is not pytest.TestReport and "subtest" in type(report).__name__.lower()


def _subtest(report: pytest.TestReport) -> Event:
    details = failure_details(report)
    context = getattr(report, "context", None)
    message = getattr(context, "msg", None)
    kwargs = getattr(context, "kwargs", None) or {}
    words = [f"[{message}]"] if message else []
    words += (
        [f"({', '.join(f'{name}={value}' for name, value in kwargs.items())})"] if kwargs else []
    )
    described: Event = {"description": " ".join(words)}
    return described | {name: details[name] for name in ("message", "place") if name in details}


def _error(report: pytest.TestReport, left_out: Collection[str]) -> Event:
    details = cut(failure_details(report, left_out))
    names = ("message", "place", "longrepr")
    error: Event = {"phase": report.when}
    return error | {name: details[name] for name in names if name in details}


def cut(event: Event) -> Event:
    """Cut the long texts of *event* and name those that were."""
    names: list[str] = []
    for name in LONG_TEXTS:
        text = event.get(name)
        if isinstance(text, str) and cut_text(text) != text:
            event[name] = cut_text(text)
            names.append(name)
    return event | {"cut": names} if names else event
