"""What a report of coverage.py says, and what pytest-cov is told."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_recall_server.model.coverage import (
    Count,
    CoverageMode,
    CoveredFile,
    TestNames,
    read_report,
)
from pytest_recall_server.runs.conditions import Conditions
from pytest_recall_server.runs.coverage import cov_flags, is_blocked, is_configured

IDS = ("tests/test_a.py::TestX::test_y[1]", "tests/test_a.py::test_z[a|run]")


@pytest.mark.parametrize(
    ("context", "test"),
    [
        ("tests/test_a.py::TestX::test_y[1]|run", IDS[0]),
        ("tests/test_a.py::TestX::test_y[1]|setup", IDS[0]),
        ("tests/test_a.py::test_z[a|run]|teardown", IDS[1]),
        ("nightly|tests/test_a.py::test_z[a|run]|run", IDS[1]),
        ("tests.test_a.TestX.test_y", "tests/test_a.py::TestX::test_y"),
        ("nightly|test_a.test_z", "tests/test_a.py::test_z"),
        ("tests/test_a.py::test_gone|run", None),
        ("", None),
    ],
)
def test_a_context_stands_for_a_test_of_the_run(context: str, test: str | None) -> None:
    assert TestNames(IDS).of(context) == test


def read(entry: object) -> list[CoveredFile]:
    return read_report({"files": {"a.py": entry}}, "/home/ada/shop", IDS)


def test_a_report_without_branches_and_contexts_is_read() -> None:
    (file,) = read({"executed_lines": [1, 3], "missing_lines": [4], "summary": {}})

    assert file.path == os.path.normpath("/home/ada/shop/a.py")
    assert file.statements == Count(covered=2, total=3)
    assert file.branches is None
    assert file.branches_at() == {}
    assert file.by_test == {}


def test_branches_and_contexts_are_read() -> None:
    contexts = {"2": ["", f"{IDS[0]}|setup", f"{IDS[0]}|run"], "1": [""]}
    (file,) = read(
        {
            "executed_lines": [1, 2],
            "missing_lines": [3, 6],
            "executed_branches": [[2, -1]],
            "missing_branches": [[2, 3]],
            "summary": {"num_branches": 2},
            "contexts": contexts,
        }
    )

    assert file.branches == Count(covered=1, total=2)
    assert file.branches_at() == {2: [(-1, True), (3, False)]}
    assert {test: list(lines) for test, lines in file.by_test.items()} == {IDS[0]: [2]}


@pytest.mark.parametrize("report", [None, [], {"files": 3}, {"files": {"a.py": ["x"]}}])
def test_what_is_of_another_shape_is_left_out(report: object) -> None:
    assert read_report(report, "/home/ada/shop", IDS) == []


@pytest.mark.parametrize(
    ("words", "mode", "branch", "flags"),
    [
        ("", "files", True, "--cov --cov-branch"),
        # A path behind it would be taken for its value.
        ("", "files", False, "--cov --cov-report=term"),
        ("", "tests", True, "--cov --cov-branch --cov-context=test"),
        ("--cov-context=test", "tests", True, "--cov --cov-branch"),
        ("--cov-report=html", "files", True, "--cov --cov-branch"),
        ("--cov=shop", "files", True, ""),
        ("--cov --cov-fail-under=90", "tests", True, "--cov-context=test"),
    ],
)
def test_pytest_cov_is_told_what_the_project_has_not_said(
    words: str, mode: CoverageMode, branch: bool, flags: str
) -> None:
    assert " ".join(cov_flags(words.split(), mode, branch=branch)) == flags


@pytest.mark.parametrize(
    ("words", "environment", "blocked"),
    [
        ("", {}, False),
        ("-p no:pytest_cov", {}, True),
        ("-pno:cov", {}, True),
        ("", {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, True),
        ("-p pytest_cov", {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}, False),
    ],
)
def test_a_plugin_that_is_not_loaded_does_not_measure(
    words: str, environment: dict[str, str], blocked: bool
) -> None:
    assert is_blocked(words.split(), environment) is blocked


@pytest.mark.parametrize(
    ("name", "text", "configured"),
    [
        (".coveragerc", "", True),
        ("setup.cfg", "[metadata]\n[coverage:run]\n", True),
        ("tox.ini", "[tox]\n", False),
        ("pyproject.toml", "[tool.coverage.run]\nbranch = false\n", True),
        ("pyproject.toml", "[project]\n# see [tool.coverage]\n", False),
    ],
)
def test_a_project_that_configures_coverage_decides_about_branches(
    tmp_path: Path, name: str, text: str, configured: bool
) -> None:
    (tmp_path / name).write_text(text)
    conditions = Conditions(cwd=str(tmp_path), environment={})

    assert is_configured(conditions) is configured
    told = replace(conditions, environment={"COVERAGE_RCFILE": "x"})
    assert is_configured(told)
