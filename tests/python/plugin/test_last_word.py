"""Runs that overlap: what was found out last is remembered, whichever run ends last."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.plugin.support import SOURCES, Project

from pytest_recall import journal, takeup, words

OURS = ("-p", "pytest_recall.plugin")

WAITS = """
import pathlib, time
def test_it(): assert pathlib.Path("mended").exists()
def test_other(): assert pathlib.Path("mended").exists()
def test_waits():
    pathlib.Path("waiting").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
def test_last(): pass
"""
"""Two tests that fail until they are mended, and one that holds its run up."""

DIES = """
def test_last():
    if pathlib.Path("die").exists():
        import os
        os._exit(3)
"""


@contextmanager
def held_up(project: Project, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run ours up to `test_waits`, and let it go on when the block ends."""
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", "-q", *arguments],
        cwd=project.path,
        env=clean_environment() | {"PYTHONPATH": str(SOURCES)},
        stdout=subprocess.DEVNULL,
    )
    try:
        wait_for(project.path / "waiting", process)
        yield process
    finally:
        (project.path / "go").touch()
        process.wait(timeout=30)


def wait_for(path: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until *path* is there."""
    for _ in range(3000):
        if path.exists():
            return
        assert process.poll() is None
        time.sleep(0.01)
    raise AssertionError(f"{path} did not appear")


@pytest.mark.parametrize("ours", [False, True], ids=["stock", "ours"])
def test_a_mended_test_does_not_come_back_with_a_run_that_ends_later(
    project: Project, ours: bool
) -> None:
    project.write({"test_a.py": WAITS})
    plugin = OURS if ours else ()
    with held_up(project, *plugin):
        (project.path / "mended").touch()
        project.process("-m", "pytest", *plugin, "test_a.py::test_it", PYTHONPATH=str(SOURCES))

    came_back = ["test_a.py::test_it", "test_a.py::test_other"]
    assert project.lastfailed() == (came_back[1:] if ours else came_back)


def test_a_failure_that_another_run_saw_later_stays(project: Project) -> None:
    project.write({"test_a.py": WAITS})
    (project.path / "mended").touch()
    with held_up(project, *OURS):
        (project.path / "mended").unlink()
        project.ours("test_a.py::test_it")

    assert project.lastfailed() == ["test_a.py::test_it"]


def test_a_run_that_was_killed_does_not_bring_a_mended_test_back(project: Project) -> None:
    project.write({"test_a.py": WAITS})
    with held_up(project, *OURS) as process:
        (project.path / "mended").touch()
        project.ours("test_a.py::test_it", "test_a.py::test_last")
        process.kill()
    project.ours("--collect-only")

    assert project.lastfailed() == ["test_a.py::test_other"]
    unfinished = project.key("recall/unfinished")
    # What the killed run had before it and another has finished since is not left to do.
    assert isinstance(unfinished, dict)
    assert unfinished["ids"] == ["test_a.py::test_waits"]


def test_a_test_that_another_run_has_seen_since_stays_known(project: Project) -> None:
    project.write({"test_a.py": WAITS})
    with held_up(project, *OURS):
        project.write({"test_a.py": WAITS + "def test_added(): pass\n"})
        project.ours("test_a.py::test_added")

    assert "test_a.py::test_added" in project.nodeids()


def test_a_run_hears_what_others_say_while_it_waits_to_merge(project: Project) -> None:
    project.write(
        {
            "test_a.py": WAITS.partition("def test_waits")[0],
            "conftest.py": """
            import contextlib, os, pathlib, subprocess, sys
            from pytest_recall import store
            real = store.locked
            @contextlib.contextmanager
            def locked(cachedir):
                store.locked = real
                pathlib.Path("mended").touch()
                command = [sys.executable, "-m", "pytest", "-p", "pytest_recall.plugin"]
                subprocess.run([*command, "test_a.py::test_it"], check=True)
                with real(cachedir):
                    yield
            if not os.path.exists("mended"):
                store.locked = locked
            """,
        }
    )

    project.process("-m", "pytest", *OURS, "test_a.py", PYTHONPATH=str(SOURCES))

    assert project.lastfailed() == ["test_a.py::test_other"]


def test_a_test_that_ended_its_run_is_left_to_do_though_another_run_had_done_it_before(
    project: Project,
) -> None:
    project.write({"test_a.py": WAITS.replace("def test_last(): pass", DIES)})
    with held_up(project, *OURS):
        project.ours("test_a.py::test_last")
        (project.path / "die").touch()
    project.ours("test_a.py::test_last", "--collect-only")

    assert project.key("recall/unfinished") == {"version": 1, "ids": ["test_a.py::test_last"]}


def test_a_run_alone_reads_no_journal(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): assert 0\n"})
    for _ in range(3):
        project.ours()
        time.sleep(2 * journal.SLACK)

    cachedir = project.path / ".pytest_cache"
    assert len(project.journals()) == 3
    assert list(words.journals_since(cachedir, time.time())) == []


def test_a_run_whose_values_could_not_be_written_is_taken_up_later(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): assert 0\ndef test_b(): pass\n"})
    project.ours("test_a.py::test_b")
    values = project.path / ".pytest_cache" / "v"
    values.rename(values.with_name("away"))
    values.write_text("in the way")

    run = project.ours()
    values.unlink()
    values.with_name("away").rename(values)
    before = project.lastfailed()
    project.ours("test_a.py::test_b")

    assert run.status == 1
    assert (before, project.lastfailed()) == ([], ["test_a.py::test_a"])
    ends = [event for event in journal.read(project.journals()[1]) if event["event"] == "end"]
    assert [end.get("merged") for end in ends] == [False, None]
    assert {end["status"] for end in ends} == {1}


@pytest.mark.parametrize("outcome", ["fa\u0001led", "", None, ["failed"], 5])
def test_a_damaged_outcome_says_nothing(outcome: object) -> None:
    failed = {"event": "test", "id": "test_a.py::test_a", "outcome": "failed", "time": 1.0}
    damaged = failed | {"outcome": outcome, "time": 2.0}
    said = words.Words()
    said.add([failed, damaged])

    assert takeup.delta_of([failed, damaged]).failed == {"test_a.py::test_a": True}
    assert said.outcomes == {"test_a.py::test_a": 1.0}
