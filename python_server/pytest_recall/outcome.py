"""Make one `test` event out of the reports of a test's phases."""

from __future__ import annotations

from collections.abc import Collection

import pytest

from pytest_recall.journal import Event, cut_text, encode
from pytest_recall.reasons import ATTRIBUTE, first_line

CAPTURED = ("longrepr", "stdout", "stderr", "log", "expected", "actual")
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

LONG_TEXTS = (*CAPTURED, "message")


class Running:
    """A test that has begun; there is one for every test, so it is kept small and quick."""

    __slots__ = ("durations", "nodeid", "notable", "quoted")

    def __init__(self, nodeid: str, quoted: bytes) -> None:
        self.nodeid = nodeid
        self.quoted = quoted
        """The id as JSON."""
        self.durations: dict[str, float] = {}
        self.notable: list[pytest.TestReport] = []
        """Reports of phases that did not simply pass."""

    def add(self, report: pytest.TestReport) -> None:
        """Take the report of one phase."""
        # A crash of a worker is the report of no phase.
        if report.when in PHASES and not is_subtest(report):
            self.durations[report.when] = report.duration
        if report.outcome != "passed" or hasattr(report, "wasxfail"):
            self.notable.append(report)

    def line(self, time: float, left_out: Collection[str] = ()) -> bytes:
        """Return the line of the journal, without *left_out*, for a test that was over at *time*.

        It is made by hand for the many tests that just pass.
        """
        durations = self.durations
        if self.notable or len(durations) != len(PHASES):
            return encode(self.event(left_out) | {"time": time})
        phases = (durations["setup"], durations["call"], durations["teardown"])
        return PASSED % (self.quoted, time, *phases)

    def event(self, left_out: Collection[str] = ()) -> Event:
        """Return the `test` event without the members *left_out*."""
        report = self._decisive()
        event: Event = {"event": "test", "id": self.nodeid, "outcome": outcome_of(report)}
        event["duration"] = {when: round(time, 6) for when, time in self.durations.items()}
        if report is None:
            return event
        if report.outcome in FAILED:
            event["phase"] = report.when if report.when in self.durations else "call"
            event.update(failure_details(report, left_out))
            subtests = [each for each in self.notable if is_failed_subtest(each)]
            if subtests:
                event["subtests"] = [_subtest(each) for each in subtests]
        else:
            event["message"] = first_line(skip_reason(report))
        return cut(event)

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
            return min(failed, key=lambda report: (report.when != "call", is_subtest(report)))
        whole = [report for report in self.notable if not is_subtest(report)]
        return whole[0] if whole else None


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


def skip_reason(report: pytest.TestReport) -> str:
    """Return why a test was skipped or expected to fail."""
    expected = getattr(report, "wasxfail", None)
    if expected is not None:
        return str(expected).removeprefix("reason: ")
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return report.longreprtext


def is_subtest(report: pytest.TestReport) -> bool:
    """Tell whether *report* is of a part of a test: pytest's own subtests or pytest-subtests'."""
    return type(report) is not pytest.TestReport and "subtest" in type(report).__name__.lower()


def is_failed_subtest(report: pytest.TestReport) -> bool:
    """Tell whether *report* is of a part of a test that failed."""
    return report.outcome == "failed" and is_subtest(report)


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


def cut(event: Event) -> Event:
    """Cut the long texts of *event* and name those that were."""
    names: list[str] = []
    for name in LONG_TEXTS:
        text = event.get(name)
        if isinstance(text, str) and cut_text(text) != text:
            event[name] = cut_text(text)
            names.append(name)
    return event | {"cut": names} if names else event
