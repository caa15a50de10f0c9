"""Warm runs of the server: when they are, what they leave, how they end."""

from __future__ import annotations

# looks for processes
import os
import signal
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.settingchange import change
from tests.python.server.support import PATIENCE, Session
from tests.python.server.test_lsp_runs import (
    WAITING,
    answered,
    begin,
    cancel,
    until_file,
    until_gone,
)

TESTS = """\
import os, pathlib

def test_good():
    pathlib.Path(__file__).with_name("pids").write_text(f"{os.getpid()} {os.getppid()}")

def test_bad():
    assert 0
"""
WAITS = "A process waits for runs in"


async def until_waiting(session: Session, number: int = 1) -> None:
    """Wait until the *number*-th process of this server is ready."""
    await session.until(lambda: session.logged(WAITS) >= number, 3 * PATIENCE)


def pids(root: Path) -> list[int]:
    """Return the process of the last run, and the one it was started by."""
    return [int(word) for word in (root / "pids").read_text().split()]


@pytest.mark.asyncio
async def test_a_process_waits_once_somebody_works_and_goes_when_nobody_does(
    project: Write, start: Start
) -> None:
    root = project({"test_some.py": TESTS})
    session = await start(root, warm=True, environment={"PYTEST_RECALL_WAITING_SECONDS": "1"})
    assert not session.logged(WAITS)

    session.open("test_some.py")
    await until_waiting(session)
    waiting = next(int(line.split()[-1]) for line in session.log if WAITS in line)
    await session.until(lambda: session.logged("is given back"), 3 * PATIENCE)
    await until_gone([waiting], PATIENCE)
    result = await session.run()

    assert (result.exit_status, result.counts) == (1, {"passed": 1, "failed": 1})
    assert session.logged("run is cold: no process is waiting yet") == 1
    await until_waiting(session, 2)


@pytest.mark.asyncio
async def test_every_change_of_the_environment_makes_a_cold_run_and_then_warm_ones(
    project: Write, start: Start
) -> None:
    root = project({"test_some.py": TESTS})
    session = await start(root, warm=True)
    session.open("test_some.py")
    await until_waiting(session)

    await change(session, env={"OTHER": "1"}, warmStart=True)
    await until_waiting(session, 2)
    await session.run(token="a")  # noqa: S106
    await until_waiting(session, 3)
    (root / "pytest.ini").write_text("[pytest]\naddopts = -p no:xdist\n")
    await session.run(token="b")  # noqa: S106
    await change(session, warmStart=False)
    await session.run(token="c")  # noqa: S106

    told = [line.partition(": run is ")[2] for line in session.log if ": run is " in line]
    assert told[0] == "warm"
    assert told[1].startswith("cold: ")
    assert told[2] == "cold: pytestRecall.warmStart is off"


@pytest.mark.asyncio
async def test_a_warm_run_that_is_cancelled_is_gone_within_two_seconds(
    project: Write, start: Start
) -> None:
    guard = "signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN)"
    root = project({"test_some.py": WAITING.format(guard=guard)})
    session = await start(root, warm=True)
    session.open("test_some.py")
    await until_waiting(session)
    request, answer = await begin(session)
    await until_file(root / "waiting")
    running = pids(root)

    cancel(session, request)

    assert await until_gone(running, 2.5) < 2.2
    result = answered(session, await answer)
    assert (result.cancelled, result.exit_status, result.counts) == (True, None, {"failed": 1})
    assert session.logged("run is warm") == 1


@pytest.mark.asyncio
@pytest.mark.parametrize("way", ["killed", "shut down"])
async def test_neither_a_warm_run_nor_what_it_came_from_outlives_the_server(
    project: Write, start: Start, way: str
) -> None:
    text = WAITING.format(guard="signal.signal(2, signal.SIG_IGN)")
    text = text.replace("{child.pid}", "{child.pid} {os.getppid()}")
    root = project({"test_some.py": text})
    session = await start(root, warm=True)
    session.open("test_some.py")
    await until_waiting(session)
    _, answer = await begin(session)
    await until_file(root / "waiting")
    running = pids(root)
    server = session.client._server
    assert server is not None

    if way == "killed":
        os.kill(server.pid, signal.SIGKILL)
    else:
        await session.client.shutdown_async(None)

    assert len(running) == 3
    await until_gone(running, 4.0)
    answer.cancel()


HARD = """\
import os, pathlib, sys

HERE = pathlib.Path(__file__).parent

def test_huge():
    os.write(2, b"\\xff\\xfe" + b"x" * 5_000_000)
    os.write(1, b"the end of it\\n")

def test_gone():
    if (HERE / "signal").exists():
        os.kill(os.getpid(), 11)
    os._exit(7)
"""


@pytest.mark.asyncio
async def test_a_warm_run_that_dies_says_how_and_the_next_is_warm_again(
    project: Write, start: Start
) -> None:
    root = project({"test_some.py": HARD})
    session = await start(root, warm=True, args=["-s"])
    session.open("test_some.py")
    await until_waiting(session)

    exited = await session.run(token="a")  # noqa: S106
    await until_waiting(session, 2)
    (root / "signal").touch()
    killed = await session.run(token="b")  # noqa: S106

    assert exited.exit_status == 7
    assert killed.exit_status is None
    assert len(session.output("a")) > 5_000_000
    assert "the end of it" in session.output("a")
    assert session.logged("run is warm") == 2
    assert session.records["test_some.py::test_gone"].outcome == "unfinished"
