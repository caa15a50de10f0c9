"""The examples of pytest's documentation print what the documentation says."""

from __future__ import annotations

import re

from tests.python.plugin.support import Project

TEST_50 = """
import pytest

@pytest.mark.parametrize("i", range(50))
def test_num(i):
    if i in (17, 25):
        pytest.fail("bad luck")
"""

TEST_CACHING = """
import time

def expensive_computation():
    print("running expensive computation...")

def test_function(pytestconfig):
    cache = pytestconfig.cache
    val = cache.get("example/value", None)
    if val is None:
        expensive_computation()
        val = 42
        cache.set("example/value", val)
    assert val == 23
"""


def lines_of(output: str) -> list[str]:
    """Return the lines that carry something, without times and separators' padding."""
    cleaned = (
        re.sub(r" in [0-9.]+s", " in 0.12s", line).strip("= ") for line in output.splitlines()
    )
    return [line for line in cleaned if line]


def check(project: Project, *arguments: str, shows: list[str]) -> str:
    """Run ours and assert that the lines *shows* are printed in this order; return the output."""
    output = project.ours(*arguments).output
    lines = iter(lines_of(output))
    for expected in shows:
        assert any(expected in line for line in lines), f"{expected!r} is missing in\n{output}"
    return output


def test_fifty_tests_of_which_two_fail(project: Project) -> None:
    project.write({"test_50.py": TEST_50})

    check(
        project,
        "-q",
        shows=[
            ".................F.......F........................",
            "FAILED test_50.py::test_num[17] - Failed: bad luck",
            "FAILED test_50.py::test_num[25] - Failed: bad luck",
            "2 failed, 48 passed in 0.12s",
        ],
    )
    check(
        project,
        "--lf",
        shows=[
            "collected 2 items",
            "run-last-failure: rerun previous 2 failures",
            "test_50.py FF",
            "2 failed in 0.12s",
        ],
    )
    check(
        project,
        "--ff",
        shows=[
            "collected 50 items",
            "run-last-failure: rerun previous 2 failures first",
            "test_50.py FF................................................",
            "2 failed, 48 passed in 0.12s",
        ],
    )


def test_an_expensive_computation_runs_once(project: Project) -> None:
    project.write({"test_caching.py": TEST_CACHING})

    first = check(project, "-q", shows=["assert 42 == 23", "1 failed in 0.12s"])
    second = check(project, "-q", shows=["assert 42 == 23", "1 failed in 0.12s"])

    assert first.count("running expensive computation...") == 1
    assert second.count("running expensive computation...") == 0


def test_the_cache_is_shown(project: Project) -> None:
    project.write({"test_caching.py": TEST_CACHING})
    project.ours()

    check(
        project,
        "--cache-show",
        shows=[
            f"cachedir: {project.path}/.pytest_cache",
            "- cache values for '*' -",
            "cache/lastfailed contains:",
            "{'test_caching.py::test_function': True}",
            "cache/nodeids contains:",
            "['test_caching.py::test_function']",
            "example/value contains:",
            "42",
            "no tests ran in 0.12s",
        ],
    )
    output = check(
        project,
        *("--cache-show", "example/*"),
        shows=["- cache values for 'example/*' -", "example/value contains:", "42"],
    )
    assert "cache/lastfailed" not in output


def test_what_is_shown_equals_stock(project: Project) -> None:
    project.write({"test_caching.py": TEST_CACHING})
    project.stock()
    (project.path / ".pytest_cache" / "d" / "mine").mkdir(parents=True)
    (project.path / ".pytest_cache" / "d" / "mine" / "file").write_text("12345")
    project.set_key("bad/value", "{")

    for glob in ([], ["example/*"], ["*/file"], ["nothing"]):
        stock, ours = (run("--cache-show", *glob) for run in (project.stock, project.ours))
        assert lines_of(ours.output) == lines_of(stock.output)
        assert ours.status == stock.status


def test_the_cache_is_cleared(project: Project) -> None:
    project.write({"test_caching.py": TEST_CACHING})
    project.ours()

    output = check(project, "--cache-clear", shows=["1 failed in 0.12s"])

    assert "running expensive computation..." in output


def test_what_runs_when_nothing_had_failed(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\ndef test_b(): pass\n"})

    check(
        project,
        *("--last-failed", "--last-failed-no-failures", "all"),
        shows=[
            "collected 2 items",
            "run-last-failure: no previously failed tests, not deselecting items.",
            "2 passed in 0.12s",
        ],
    )
    check(
        project,
        *("--last-failed", "--last-failed-no-failures", "none"),
        shows=[
            "collected 2 items / 2 deselected / 0 selected",
            "run-last-failure: no previously failed tests, deselecting all items.",
            "2 deselected in 0.12s",
        ],
    )


def test_stepwise_stops_goes_on_and_leaves_one_behind(project: Project) -> None:
    source = (
        "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): assert 0\ndef test_4(): pass\n"
    )
    project.write({"test_a.py": source})
    stop = "Interrupted: Test failed, continuing from this test next run."

    check(
        project,
        "--sw",
        shows=["stepwise: no previously failed tests, not skipping.", "test_a.py .F", stop],
    )
    check(
        project,
        *("--sw", "--sw-skip"),
        shows=[
            "stepwise: skipping 1 already passed items (cache from 0:00:0",
            "test_a.py FF",
            stop,
            "2 failed, 1 deselected in 0.12s",
        ],
    )
    check(project, "--sw-reset", shows=["stepwise: resetting state, not skipping.", "test_a.py .F"])
