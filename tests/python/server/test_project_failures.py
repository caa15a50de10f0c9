"""Where reading fails, what is under way still ends and is told."""

from __future__ import annotations

import asyncio
import sys
import threading
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.server.conftest import Write
from tests.python.server.support import PATIENCE

from pytest_recall_server.index.config import read_config
from pytest_recall_server.model.changes import Counts, Selection
from pytest_recall_server.project import Project, storage
from pytest_recall_server.project.files import Files
from pytest_recall_server.project.history import Keys
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.watchdog import Watchdog

KILLED = """\
import os, signal


def test_x():
    os.kill(os.getpid(), signal.SIGKILL)


def test_y(): ...
"""
FOREVER = "import time\n\n\ndef test_x():\n    time.sleep(600)\n"


class Told:
    """Takes what a project tells, by name."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.counts: list[Counts] = []
        self.news = asyncio.Event()

    def __getattr__(self, name: str) -> object:
        def take(*given: object) -> None:
            self.names.append(name)
            self.counts += [each for each in given if isinstance(each, Counts)]
            self.news.set()

        return take


class NoWatchdog(Watchdog):
    """Starts nothing: this process is not killed."""

    def _tell(self, line: str) -> None:
        del line


def make(root: Path, told: Told) -> Project:
    """Return a project that can run pytest."""
    config = read_config(str(root), {})
    made = Project(config, clean_environment(), NoWatchdog(), told)  # type: ignore[arg-type] # takes anything
    made.set_runner(Runner(interpreter=sys.executable))
    return made


@pytest.mark.asyncio
async def test_a_run_whose_journal_cannot_be_read_is_ended_and_told_as_over(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    made = make(project({"test_a.py": FOREVER}), told)

    def fail(_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(storage.JournalReader, "read", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        await asyncio.wait_for(made.runs.run("run", Selection(kind="all")), PATIENCE)

    assert told.names.count("run_ended") == 1
    assert made.runs.living() == []
    await made.stop()
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert not [task for task in others if task.get_name() in {"stop a run", "tell of a run"}]


@pytest.mark.asyncio
async def test_where_files_cannot_be_read_the_failures_are_told_all_the_same(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = Told()
    made = make(project({"test_a.py": FOREVER}), told)

    async def fail(*_: object) -> None:
        raise OSError("the disk is gone")

    monkeypatch.setattr(Files, "read_all", fail)
    with pytest.raises(OSError, match="the disk is gone"):
        await made.start()

    assert "counts_changed" in told.names
    await made.stop()


@pytest.mark.asyncio
async def test_what_a_killed_run_left_is_told_before_the_cache_is_read_again(
    project: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    told, may_read = Told(), threading.Event()
    made = make(project({"test_a.py": KILLED}), told)
    await made.start()
    read_keys = storage.read_keys

    def read_late(cache_dir: str, before: Keys) -> Keys:
        # While the run lives there is nothing to wait for.
        assert made.runs.living() or may_read.wait(PATIENCE)
        return read_keys(cache_dir, before)

    monkeypatch.setattr(storage, "read_keys", read_late)
    run = asyncio.ensure_future(made.runs.run("run", Selection(kind="all")))
    while not (told.counts and told.counts[-1].unfinished):
        told.news.clear()
        await asyncio.wait_for(told.news.wait(), PATIENCE)
    may_read.set()

    assert (await run).exit_status is None
    await made.stop()
    assert [each.unfinished for each in told.counts if each.unfinished] == [2]
