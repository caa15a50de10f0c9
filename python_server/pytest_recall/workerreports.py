"""pytest-xdist: follow tests that workers run, by the ids that they have without it."""

from __future__ import annotations

import copy

import pytest

from pytest_recall.distribution import is_grouped
from pytest_recall.lastfailed import LFPlugin
from pytest_recall.nodeids import without_group
from pytest_recall.recorder import Recorder
from pytest_recall.reports import Reports


def reports_of_workers(
    config: pytest.Config, lastfailed: LFPlugin, recorder: Recorder | None
) -> Reports:
    """Return what follows the tests of a distributed run."""
    kind = GroupedReports if is_grouped(config) else Reports
    return kind(config, lastfailed, recorder)


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
