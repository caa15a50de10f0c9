"""pytest-xdist: follow tests that workers run, by the ids that they have without it."""

from __future__ import annotations

import copy

import pytest

from pytest_recall.distribution import is_everywhere, is_grouped
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.nodeids import without_group
from pytest_recall.outcome import Running
from pytest_recall.recorder import Recorder
from pytest_recall.reports import Reports


def reports_of_workers(
    config: pytest.Config, lastfailed: LFPlugin, recorder: Recorder | None
) -> Reports:
    """Return what follows the tests of a distributed run."""
    if is_everywhere(config):
        return ReportsOfAll(lastfailed, recorder)
    if is_grouped(config):
        return GroupedReports(lastfailed, recorder)
    return Reports(lastfailed, recorder)


class GroupedReports(Reports):
    """Under `--dist loadgroup`: tells of tests by the ids that they have without xdist."""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a test begins."""
        super().pytest_runtest_logstart(without_group(nodeid))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a copy of a phase's report: all others have the id from xdist."""
        plain = copy.copy(report)
        plain.nodeid = without_group(report.nodeid)
        super().pytest_runtest_logreport(plain)

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note the outcome of a test."""
        super().pytest_runtest_logfinish(without_group(nodeid))


class ReportsOfAll(Reports):
    """Under `--dist each`: a test has failed if it has failed in any worker, whichever came last.

    Each worker that is through with a test gives a `test` event, with what all have said so far.
    """

    def __init__(self, lastfailed: LFPlugin, recorder: Recorder | None) -> None:
        super().__init__(lastfailed, recorder)
        self._begun: dict[str, int] = {}
        """In how many workers a test is running."""
        self._notable: dict[str, Running] = {}
        """What was not simply a pass, by id."""

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """Note that a test begins in one worker."""
        self._begun[nodeid] = self._begun.get(nodeid, 0) + 1
        if nodeid in self.running:
            return
        super().pytest_runtest_logstart(nodeid)
        if nodeid in self._notable:
            self.running[nodeid].notable = self._notable[nodeid].notable

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take a phase's report; what passes here does not cure what has failed elsewhere."""
        running = self.running.get(report.nodeid)
        if report.outcome != "failed" and self._has_failed(report.nodeid) and running is not None:
            running.add(report)
            return
        super().pytest_runtest_logreport(report)

    def _has_failed(self, nodeid: str) -> bool:
        return nodeid in self._lastfailed.failing

    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        """Note the outcome so far of a test that is over in one worker."""
        running = self.running.get(nodeid)
        super().pytest_runtest_logfinish(nodeid)
        if running is None:
            return
        if running.notable:
            self._notable[nodeid] = running
        self._begun[nodeid] = self._begun.get(nodeid, 1) - 1
        if self._begun[nodeid] > 0:
            self.running[nodeid] = running
