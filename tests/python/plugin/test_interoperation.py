"""Stock and ours alternate on one cache directory, under every supported version of pytest."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.python.plugin.conftest import VERSIONS, installed
from tests.python.plugin.support import OURS, SOURCES, Project

SUITE = {
    "test_a.py": "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): pass\n",
    "sub/test_b.py": "class TestB:\n    def test_4(self): assert 0\n    def test_5(self): pass\n",
}


def run(project: Project, installed: Path, *arguments: str) -> str:
    """Run this version of pytest in a process of its own and return what it wrote."""
    done = project.process(
        *("-m", "pytest", "-p", "no:asyncio", *arguments),
        PYTHONPATH=f"{installed}:{SOURCES}",
        PYTEST_DISABLE_PLUGIN_AUTOLOAD="1",
    )
    assert f"pytest-{installed.name}," in done.stdout or "-q" in arguments
    return done.stdout


@pytest.mark.parametrize("first", ["stock", "ours"])
def test_each_goes_on_where_the_other_stopped(
    project: Project, old_pytest: Path, first: str
) -> None:
    project.write(SUITE)
    one, other = ((), OURS) if first == "stock" else (OURS, ())

    run(project, old_pytest, *one)
    rerun = run(project, old_pytest, *other, "--lf")
    project.write({"test_a.py": SUITE["test_a.py"].replace("assert 0", "pass")})
    run(project, old_pytest, *other, "--lf")
    again = run(project, old_pytest, *one, "--lf")

    assert "run-last-failure: rerun previous 2 failures" in rerun
    assert "run-last-failure: rerun previous 1 failure" in again
    assert project.lastfailed() == ["sub/test_b.py::TestB::test_4"]
    assert project.nodeids() == sorted(
        [
            "sub/test_b.py::TestB::test_4",
            "sub/test_b.py::TestB::test_5",
            *(f"test_a.py::test_{number}" for number in (1, 2, 3)),
        ]
    )


@pytest.mark.parametrize("first", ["stock", "ours"])
def test_stepwise_goes_on_where_the_other_stopped(
    project: Project, old_pytest: Path, first: str
) -> None:
    project.write({"test_a.py": SUITE["test_a.py"]})
    one, other = ((), OURS) if first == "stock" else (OURS, ())

    stopped = run(project, old_pytest, *one, "--sw")
    resumed = run(project, old_pytest, *other, "--sw")

    assert "1 failed, 1 passed" in stopped
    assert "stepwise: skipping 1 already passed items" in resumed
    assert "1 failed, 1 deselected" in resumed


@pytest.mark.parametrize("flags", ["--lf -v", "--ff -q", "--nf", "--sw"])
def test_both_print_the_same(tmp_path: Path, old_pytest: Path, flags: str) -> None:
    outputs = []
    for name, plugin in (("stock", ()), ("ours", OURS)):
        project = Project(tmp_path / name / "project")
        project.write({"test_a.py": SUITE["test_a.py"], "test_c.py": "def test_ok(): pass\n"})
        run(project, old_pytest, *plugin)
        text = run(project, old_pytest, *plugin, *flags.split())
        outputs.append(
            [
                re.sub(r" in [0-9.]+s", "", line).strip("= ")
                for line in text.splitlines()
                if "rootdir" not in line
            ]
        )

    assert outputs[0] == outputs[1]


def test_without_stepwise_old_versions_start_it_over(project: Project, old_pytest: Path) -> None:
    project.write({"test_a.py": SUITE["test_a.py"]})
    run(project, old_pytest, *OURS, "--sw")

    run(project, old_pytest, *OURS)

    starts_over = old_pytest.name.startswith("8.0")
    assert (project.key("cache/stepwise") == []) is starts_over


def test_stepwise_starts_over_also_where_pytest_has_no_option_for_it(
    project: Project, old_pytest: Path
) -> None:
    project.write({"test_a.py": SUITE["test_a.py"]})
    run(project, old_pytest, *OURS, "--sw")

    again = run(project, old_pytest, *OURS, "--sw-reset")

    assert "stepwise: resetting state, not skipping." in again
    assert "1 failed, 1 passed" in again


@pytest.fixture(scope="session", params=("7.4.4", *VERSIONS))
def writer(request: pytest.FixtureRequest) -> Path:
    """Return a folder with a version of pytest whose own plugins write a cache."""
    return installed(str(request.param))


def test_failures_that_stock_has_written_are_taken_over(project: Project, writer: Path) -> None:
    project.write(SUITE)
    run(project, writer)
    before = (project.lastfailed(), project.nodeids())

    again = project.ours("--lf", "--collect-only")
    rerun = project.ours("--lf")

    assert again.selected == ("sub/test_b.py::TestB::test_4", "test_a.py::test_2")
    assert rerun.ran == again.selected
    assert "run-last-failure: rerun previous 2 failures" in rerun.output
    assert (project.lastfailed(), project.nodeids()) == before


def test_known_ids_that_stock_has_written_are_taken_over(project: Project, writer: Path) -> None:
    project.write(SUITE)
    run(project, writer)
    project.write({"zoo/test_c.py": "def test_new(): pass\n", "test_a.py": SUITE["test_a.py"]})

    outcome = project.ours("--nf")

    assert outcome.ran == (
        "zoo/test_c.py::test_new",
        *(f"test_a.py::test_{number}" for number in (1, 2, 3)),
        *(f"sub/test_b.py::TestB::test_{number}" for number in (4, 5)),
    )
    assert len(project.nodeids()) == 6


def test_the_place_where_stock_stopped_is_taken_over(project: Project, writer: Path) -> None:
    project.write({"test_a.py": SUITE["test_a.py"]})
    run(project, writer, "--sw")

    outcome = project.ours("--sw")

    assert outcome.ran == ("test_a.py::test_2",)
    assert outcome.line("stepwise").startswith("stepwise: skipping 1 already passed items")
    assert isinstance(project.key("cache/stepwise"), dict)
