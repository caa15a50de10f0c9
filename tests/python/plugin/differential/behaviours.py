"""What the generated tests do: their source, and the reports that pytest makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from textwrap import indent
from typing import NamedTuple


class Report(NamedTuple):
    """One report of a test, as far as it matters."""

    when: str
    outcome: str
    subtest: bool = False
    """Whether it is of a part made with the `subtests` fixture."""


PASSED, FAILED = Report("call", "passed"), Report("call", "failed")
PART_PASSED = Report("call", "passed", subtest=True)
PART_FAILED = Report("call", "failed", subtest=True)
PART_SKIPPED = Report("call", "skipped", subtest=True)

SUBTEST = "with subtests.test(): "
SUBTEST_OF_UNITTEST = "with self.subTest(): "


class Behaviour(NamedTuple):
    """How a test behaves."""

    reports: tuple[Report, ...]
    """Its reports in order, without those of phases that merely pass around the call."""
    body: tuple[str, ...] = ("pass",)
    fixture: str = ""
    """The fixture it asks for."""
    mark: str = ""


FUNCTIONS = {
    "pass": Behaviour((PASSED,)),
    "fail": Behaviour((FAILED,), ("assert 0",)),
    "skip": Behaviour((Report("call", "skipped"),), ("pytest.skip('no')",)),
    "marked": Behaviour((Report("setup", "skipped"),), mark="@pytest.mark.skip"),
    "xfail": Behaviour((Report("call", "skipped"),), ("pytest.xfail('known')",)),
    "strict": Behaviour((FAILED,), mark="@pytest.mark.xfail(strict=True)"),
    "setup": Behaviour((Report("setup", "failed"),), fixture="setup_error"),
    "teardown": Behaviour((PASSED, Report("teardown", "failed")), fixture="teardown_error"),
    "both": Behaviour(
        (FAILED, Report("teardown", "failed")), ("assert 0",), fixture="teardown_error"
    ),
    "parts pass": Behaviour((PART_PASSED, PASSED), (f"{SUBTEST}pass",), "subtests"),
    "part fails": Behaviour(
        # pytest fails a test that has passed with a failing part of the fixture's kind.
        (PART_PASSED, PART_FAILED, PART_PASSED, FAILED),
        (f"{SUBTEST}pass", f"{SUBTEST}assert 0", f"{SUBTEST}pass"),
        "subtests",
    ),
    "parts fail": Behaviour(
        (PART_FAILED, PART_FAILED, FAILED),
        (f"{SUBTEST}assert 0", f"{SUBTEST}assert 0"),
        "subtests",
    ),
    "part and body fail": Behaviour(
        (PART_FAILED, FAILED), (f"{SUBTEST}assert 0", "assert 0"), "subtests"
    ),
    "part fails, body skips": Behaviour(
        (PART_FAILED, Report("call", "skipped")),
        (f"{SUBTEST}assert 0", "pytest.skip('no')"),
        "subtests",
    ),
    "part skips": Behaviour((PART_SKIPPED, PASSED), (f"{SUBTEST}pytest.skip('no')",), "subtests"),
}
"""Of functions and methods of plain classes."""

METHODS = {
    "pass": FUNCTIONS["pass"],
    "fail": FUNCTIONS["fail"],
    "skip": Behaviour((Report("call", "skipped"),), ("self.skipTest('no')",)),
    "part fails": Behaviour(
        # pytest itself lets such a test pass, although the run is a failure.
        (PASSED, FAILED, PASSED),
        (f"{SUBTEST_OF_UNITTEST}pass", f"{SUBTEST_OF_UNITTEST}assert 0"),
    ),
    "part and body fail": Behaviour(
        (FAILED, FAILED), (f"{SUBTEST_OF_UNITTEST}assert 0", "assert 0")
    ),
}
"""Of methods of a `unittest.TestCase`."""

FIXTURES = """@pytest.fixture
def setup_error(): assert 0
@pytest.fixture
def teardown_error():
    yield
    assert 0
"""


def source_of(name: str, behaviour: Behaviour, receiver: str = "") -> str:
    """Return the source of a function, or of a method if it has a *receiver*."""
    arguments = ", ".join(filter(None, (receiver, behaviour.fixture)))
    head = f"{behaviour.mark}\n" if behaviour.mark else ""
    return f"{head}def {name}({arguments}):\n" + indent("\n".join(behaviour.body), "    ") + "\n"


def reports_of(behaviour: Behaviour, *, first_failure_ends: bool) -> Iterator[Report]:
    """Yield the reports; with `-x` a part that fails ends its test."""
    for report in behaviour.reports:
        yield report
        if first_failure_ends and report.subtest and report.outcome == "failed":
            yield FAILED
            return
