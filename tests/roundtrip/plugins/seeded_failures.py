"""Make about a hundred tests fail, in all phases, and write what became of every test."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Generator
from pathlib import Path

import pytest

EVERY = int(os.environ.get("SEEDED_EVERY", "20"))
TRUTH = os.environ.get("SEEDED_TRUTH", "")
PHASES = ("call", "call", "call", "setup", "teardown")
MESSAGES = (
    "seeded - a reason with dashes - and [brackets]",
    "seeded\nover\nseveral lines\nFAILED tests/test_no_such.py::test_ever - no summary",
    "seeded: ümläuts, a \x1b[31mcolour\x1b[0m and a \x00 NUL",
    "[seeded]",
)


def phase_of(node_id: str) -> str | None:
    """Return in which phase a test fails, if it does."""
    number = zlib.crc32(node_id.encode("utf-8", "surrogatepass"))
    return None if number % EVERY else PHASES[number // EVERY % len(PHASES)]


def fail(item: pytest.Item, phase: str) -> None:
    """Raise if *item* is to fail in *phase*."""
    if phase_of(item.nodeid) == phase:
        raise AssertionError(MESSAGES[len(item.nodeid) % len(MESSAGES)])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item: pytest.Item) -> Generator[None]:
    """Fail when all is set up."""
    yield
    fail(item, "setup")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None]:
    """Fail when the test has passed."""
    yield
    fail(item, "call")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Generator[None]:
    """Fail when all is torn down."""
    yield
    fail(item, "teardown")


class Truth:
    """Notes which tests there were and which of them failed, where all of it is known."""

    def __init__(self) -> None:
        self.tests: dict[str, bool] = {}
        """Id of a test, or of what could not be collected → whether it failed."""

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note what could not be collected."""
        if report.failed:
            self.tests[report.nodeid] = True

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note what became of a phase."""
        self.tests[report.nodeid] = self.tests.get(report.nodeid, False) or report.failed

    def pytest_sessionfinish(self) -> None:
        """Write all of it."""
        Path(TRUTH).write_text(json.dumps(self.tests), "utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Note the truth where reports come together."""
    if TRUTH and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Truth(), "seeded-truth")
