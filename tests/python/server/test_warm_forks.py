"""The processes that one waiting process is forked into."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.python.server.support import PATIENCE
from tests.python.server.warming import LOGGERS, Bench, bench

from pytest_recall_server.runs.descendants import Member, descendants

TESTS = """\
import os, pathlib

def test_family():
    path = pathlib.Path(__file__).parent / "family"
    with path.open("a") as file:
        print(os.getpid(), os.getppid(), file=file)
"""


def family(root: Path) -> list[list[int]]:
    """Return each run's process id and its parent's."""
    lines = (root / "family").read_text().splitlines()
    return [[int(pid) for pid in line.split()] for line in lines]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for *condition*."""
    patience = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < patience
        await asyncio.sleep(0.01)


async def children(pid: int) -> frozenset[Member]:
    """Wait until the process *pid* has forked, and return what it has."""
    await until(lambda: bool(descendants(pid)))
    return descendants(pid)


def waiting(runs: Bench) -> int:
    """Return the id of the process that waits."""
    now = runs.starter._warmth._now
    assert now is not None
    return now.process.pid


@pytest.mark.asyncio
async def test_the_first_run_is_the_process_that_was_forked_ahead(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "test_family.py").write_text(TESTS)
    for logger in LOGGERS:
        caplog.set_level("INFO", logger)
    async with bench(tmp_path, "projects") as runs:
        await runs.ready()
        (ahead,) = await children(waiting(runs))

        # The second comes before another process is ready.
        for _ in range(2):
            assert (await runs.run()).status == 0

        (first, parent), (second, same_parent) = family(tmp_path)
        assert (first, parent, same_parent) == (ahead.pid, waiting(runs), waiting(runs))
        assert second != first
    assert caplog.messages.count("run is warm") == 2


@pytest.mark.asyncio
async def test_what_was_forked_ahead_goes_with_its_parent(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "test_family.py").write_text(TESTS)
    async with bench(tmp_path, "projects") as runs:
        caplog.set_level("INFO", LOGGERS[0])
        await runs.ready()
        parent = waiting(runs)
        (ahead,) = await children(parent)

        os.kill(parent, signal.SIGKILL)

        await until(lambda: not Path(f"/proc/{ahead.pid}").exists())
        await until(lambda: runs.starter._warmth._now.state == "gone")  # type: ignore[union-attr]
        assert (await runs.run()).status == 0
    assert any("run is cold" in message for message in caplog.messages)


@pytest.mark.asyncio
async def test_a_run_goes_on_where_the_process_forked_ahead_has_died(tmp_path: Path) -> None:
    (tmp_path / "test_family.py").write_text(TESTS)
    async with bench(tmp_path, "projects") as runs:
        await runs.ready()
        (ahead,) = await children(waiting(runs))

        os.kill(ahead.pid, signal.SIGKILL)
        await until(lambda: not Path(f"/proc/{ahead.pid}").exists())
        ran = await asyncio.wait_for(runs.run(), 60)

        assert ran.status == 0
        assert family(tmp_path)[0][1] == waiting(runs)
