"""Follow each test from its start to its end, once for all of ours who want to know."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii as quote

import pytest

from pytest_recall.hooks import Hooks
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.outcome import Running
from pytest_recall.pinned import Pinned
from pytest_recall.recorder import Recorder


class Reports(Hooks):
    """Tells the last-failed plugin and the recorder what the reports say.

    There are five calls for every test, and most tests just pass; so these have a way of their
    own through here, and none of the others has hooks for them.
    """

    def __init__(
        self, config: pytest.Config, lastfailed: LFPlugin, recorder: Recorder | None
    ) -> None:
        self._lastfailed = lastfailed
        self._recorder = recorder
        self._runs_at_once = getattr(config.option, "dist", "no") == "each"
        """Whether a test may begin again before it is over, in another process."""
        self._wants_output = recorder is not None and recorder.wants_output
        self.began = False
        """Whether any test has begun."""
        self.running: dict[str, Running] = {}
        """The tests that have begun and not ended, by id."""
        self.ended_quietly: set[str] = set()
        """Ids of the tests that came to an end without an outcome."""
        self.last = 0.0
        """When the last test was over, in seconds since the epoch."""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a test begins."""
        quoted = quote(nodeid).encode("ascii")
        if self._runs_at_once and nodeid in self.running:
            self.running[nodeid].begun += 1
        else:
            self.running[nodeid] = Running(nodeid, quoted)
        self.began = True
        if self._recorder is not None:
            try:
                self._recorder.write_start(quoted)
            except Exception as exc:  # noqa: BLE001 - tests patch what we use
                self._give_up(exc)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a phase's report; a failure is written at once, lest a kill loses it."""
        nodeid = report.nodeid
        running = self.running.get(nodeid)
        if (
            running is not None
            and report.outcome == "passed"
            and type(report) is pytest.TestReport
            and nodeid not in self._lastfailed.failing
            and getattr(report, "wasxfail", None) is None
            and not self._wants_output
        ):
            running.durations[report.when] = report.duration
            if report.when == "call":
                self._lastfailed.delta[nodeid] = False
            return
        if running is None:
            running = self.running[nodeid] = Running(nodeid, quote(nodeid).encode("ascii"))
        self._lastfailed.take(report)
        running.add(report)
        if report.outcome == "failed":
            if self._recorder is not None:
                try:
                    self._recorder.write_failure(running)
                except Exception as exc:  # noqa: BLE001 - tests patch what we use
                    self._give_up(exc)
            if report.when not in {"setup", "call", "teardown"}:
                # xdist's word for a crashed worker: nothing more will come.
                self.pytest_runtest_logfinish(nodeid)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note the outcome of a test, now that all its phases are over."""
        running = self.running.pop(nodeid, None)
        self.last = Pinned.now()
        if running is not None and running.begun > 1:
            running.begun -= 1
            self.running[nodeid] = running
            return
        # With `--setup-only` nothing can be said of the test.
        if running is None or not ("call" in running.durations or running.notable):
            self.ended_quietly.add(nodeid)
        elif self._recorder is not None:
            try:
                self._recorder.write_end(running, self.last)
            except Exception as exc:  # noqa: BLE001 - tests patch what we use
                self._give_up(exc)

    def _give_up(self, exc: Exception) -> None:
        """Write no more: what becomes of the journal must not change what becomes of the run."""
        if self._recorder is not None:
            self._recorder.give_up(exc)
        self._recorder = None
