"""What tests do to the interpreter they share with us changes neither their run nor its journal."""

from __future__ import annotations

import pytest
from tests.python.plugin.support import SOURCES, Pair, Project

from pytest_recall import journal

PATCHES = {
    "time": "time, 'time'",
    "write": "os, 'write'",
    "dumps": "json, 'dumps'",
    "encode": "json.JSONEncoder, 'encode'",
    "is_absolute": "pathlib.Path, 'is_absolute'",
}


@pytest.mark.parametrize("patch", PATCHES)
def test_a_test_that_patches_what_we_use_ends_as_with_stock(pair: Pair, patch: str) -> None:
    pair.write(
        {
            "test_a.py": f"""
            import json, os, pathlib, time
            from unittest import mock
            def test_patches(monkeypatch):
                monkeypatch.setattr({PATCHES[patch]}, mock.Mock(side_effect=RuntimeError))
                assert 0
            def test_after(): pass
            """
        }
    )

    stock, ours = pair.run()

    assert (stock.status, ours.status) == (1, 1)
    assert ours.ran == stock.ran
    assert "INTERNALERROR" not in ours.output
    assert pair.ours.lastfailed() == ["test_a.py::test_patches"]
    events = journal.read(pair.ours.journals()[-1])
    ended = {event["id"]: event["outcome"] for event in events if event["event"] == "test"}
    assert ended == {"test_a.py::test_patches": "failed", "test_a.py::test_after": "passed"}
    assert events[-1]["event"] == "end"


def test_a_clock_that_a_module_replaces_is_not_ours(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import time, pytest
            @pytest.fixture(scope="module", autouse=True)
            def old():
                real, time.time = time.time, lambda: 1.0
                yield
                time.time = real
            def test_a(): assert 0
            """
        }
    )

    project.ours()

    times = [event["time"] for event in journal.read(project.journals()[-1]) if "time" in event]
    assert all(isinstance(time, float) and time > 1_700_000_000 for time in times)


RERUNS = """
import os, pytest
@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item, nextitem):
    from _pytest.runner import runtestprotocol
    for attempt in (1, 2):
        os.environ["ATTEMPT"] = str(attempt)
        item.ihook.pytest_runtest_logstart(nodeid=item.nodeid, location=item.location)
        reports = runtestprotocol(item, nextitem=nextitem, log=False)
        again = attempt == 1 and any(report.failed for report in reports)
        for report in reports:
            if again and report.failed:
                report.outcome = "rerun"
            item.ihook.pytest_runtest_logreport(report=report)
        item.ihook.pytest_runtest_logfinish(nodeid=item.nodeid, location=item.location)
        if not again:
            return True
"""
"""What pytest-rerunfailures does, as far as reports go."""


@pytest.mark.parametrize("known", [True, False])
def test_an_attempt_that_is_followed_by_another_has_not_passed(
    project: Project, known: bool
) -> None:
    project.write(
        {
            "conftest.py": RERUNS,
            "test_a.py": """
            import os
            def test_flaky():
                if os.environ["ATTEMPT"] == "2":
                    os._exit(3)
                assert 0
            """,
            "test_b.py": "def test_b(): pass\n",
        }
    )
    if known:
        project.set_key("cache/lastfailed", {"test_a.py::test_flaky": True})

    project.process("-m", "pytest", "-p", "pytest_recall.plugin", PYTHONPATH=str(SOURCES))
    project.ours("test_b.py")

    (test,) = [event for event in journal.read(project.journals()[0]) if event["event"] == "test"][
        -1:
    ]
    assert test["outcome"] == "failed"
    assert project.lastfailed() == ["test_a.py::test_flaky"]


def test_a_test_that_passes_at_the_second_attempt_has_passed(project: Project) -> None:
    project.write(
        {
            "conftest.py": RERUNS,
            "test_a.py": "import os\ndef test_flaky(): assert os.environ['ATTEMPT'] == '2'\n",
        }
    )

    run = project.ours()

    events = journal.read(project.journals()[-1])
    outcomes = [event["outcome"] for event in events if event["event"] == "test"]
    assert run.status == 0
    assert outcomes == ["failed", "passed"]
    assert events[-1]["counts"] == {"passed": 1}
    assert project.lastfailed() == []


@pytest.mark.parametrize("flag", ["--setup-only", "--setup-plan"])
def test_a_set_up_alone_says_nothing_of_a_test(project: Project, flag: str) -> None:
    project.write({"test_a.py": "def test_a(): assert 0\n", "test_b.py": "def test_b(): pass\n"})
    project.ours()

    project.ours(flag)
    path = project.journals()[-1]
    events = journal.read(path)
    path.write_bytes(b"".join(journal.encode(event) for event in events[:-1]))
    project.ours("test_b.py")

    assert [event for event in events if event["event"] == "test"] == []
    assert "setup-only" in str(events[0]["selection"])
    assert project.lastfailed() == ["test_a.py::test_a"]


def test_a_dead_run_that_skipped_keeps_a_failure_with_the_cure(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): assert 0\n", "test_b.py": "def test_b(): pass\n"})
    project.ours()
    project.write(
        {
            "test_a.py": """
            import os, pytest
            def test_a(): pytest.skip("no service")
            def test_dies(): os._exit(3)
            """
        }
    )

    project.process(
        *("-m", "pytest", "-p", "pytest_recall.plugin", "--recall-cures=all", "test_a.py"),
        PYTHONPATH=str(SOURCES),
    )
    project.ours("test_b.py")

    assert project.lastfailed() == ["test_a.py::test_a"]
    assert project.key("recall/unfinished") == {"version": 1, "ids": ["test_a.py::test_dies"]}


def test_a_plugin_that_takes_and_adds_as_many_tests_does_not_confuse_the_journal(
    project: Project,
) -> None:
    project.write(
        {
            "conftest.py": """
            import pytest
            @pytest.hookimpl(trylast=True)
            def pytest_collection_modifyitems(items):
                taken = items.pop(1)
                items.append(pytest.Function.from_parent(
                    taken.parent, name="test_added", callobj=taken.obj))
            """,
            "test_a.py": "import os\ndef test_a(): os._exit(3)\ndef test_taken(): pass\n",
            "test_b.py": "def test_b(): pass\n",
        }
    )

    project.process(
        *("-m", "pytest", "-p", "pytest_recall.plugin", "test_a.py"), PYTHONPATH=str(SOURCES)
    )
    (selected,) = [
        event for event in journal.read(project.journals()[0]) if event["event"] == "selected"
    ]

    assert selected["ids"] == ["test_a.py::test_a", "test_a.py::test_added"]
