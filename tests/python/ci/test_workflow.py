"""The workflow of ``docs/ci.md``, run as far as it can be run without GitHub."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree as ET

from tests.documented import example
from tests.python.ci.conftest import BAD, FILES, GOOD, Repository
from tests.python.ci.workflow import GitHub

FIRST, LAST = "tests/test_first.py::test_first", "tests/test_last.py::test_last"


def failed_in(report: Path) -> list[str]:
    """Return the names of the tests that a report says have failed."""
    cases = ET.parse(report).iter("testcase")  # noqa: S314 # our own
    return [case.attrib["name"] for case in cases if case.find("failure") is not None]


def order_in(report: Path) -> list[str]:
    """Return the names of tests in the order in which they ran."""
    return [case.attrib["name"] for case in ET.parse(report).iter("testcase")]  # noqa: S314 # our own


def test_the_workflow_remembers_what_failed_and_runs_that_first(
    repository: Repository, environment: dict[str, str], tmp_path: Path
) -> None:
    workflow = example("ci.md", "workflow")
    github = GitHub(origin=repository.origin, folder=tmp_path, environment=environment)
    repository.git("push", "-q", "origin", "main")

    assert not github.run(workflow)
    report = github.artifacts["test-report"] / "junit.xml"
    assert (order_in(report), failed_in(report)) == (["test_first", "test_last"], ["test_last"])
    assert "pytest-recall" in (tmp_path / "installed").read_text()

    # Another commit that mends nothing: the failure comes first, and another is found too.
    repository.commit({"tests/test_first.py": f"def test_first():\n{BAD}"})
    repository.git("push", "-q", "origin", "main")
    assert not github.run(workflow)
    assert "run-last-failure: rerun previous 1 failure first" in github.output
    report = github.artifacts["test-report"] / "junit.xml"
    assert order_in(report) == ["test_last", "test_first"]

    repository.commit({name: text.replace(BAD, GOOD) for name, text in FILES.items()})
    repository.git("push", "-q", "origin", "main")
    assert github.run(workflow)
    assert "run-last-failure: rerun previous 2 failures first" in github.output
    assert failed_in(github.artifacts["test-report"] / "junit.xml") == []
