"""Faults to plant, one class each; a copy of this file becomes a module of the product."""

from __future__ import annotations

import os
from collections.abc import Generator

import pluggy
import pytest


class AnotherOrder:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.reverse()


class LostTest:
    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items.pop()


class AnotherOutcome:
    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(
        self,
    ) -> Generator[None, pluggy.Result[pytest.TestReport], None]:
        report = (yield).get_result()
        if report.failed:
            report.outcome = "passed"


class AnotherStatus:
    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        session.exitstatus = 0


class EnvironmentVariable:
    def pytest_runtestloop(self) -> None:
        os.environ["PLANTED"] = "1"


class LineOfOutput:
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        terminalreporter.write_line("planted")


FAULTS: dict[str, tuple[type, str]] = {
    "another order": (AnotherOrder, "order"),
    "a lost test": (LostTest, "tests"),
    "another outcome": (AnotherOutcome, "outcomes"),
    "another exit status": (AnotherStatus, "exit status"),
    "an environment variable": (EnvironmentVariable, "observed"),
    "a line of output": (LineOfOutput, "output"),
}
"""Fault → its class, and the kind of difference it is to be found as."""
