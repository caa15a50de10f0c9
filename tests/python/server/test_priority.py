"""Long runs give way to others; what is over in a moment does not."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write

from pytest_recall_server.runs.priority import NICENESS, give_way

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="POSIX has niceness")

# The first test waits until the run is as nice as it is to be; the last tells how nice that is.
TELLING = """\
import os, pathlib, time

import pytest


def test_waits():
    end = time.monotonic() + 60
    while os.nice(0) < {niceness}:
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.parametrize("n", range({more}))
def test_more(n):
    pass


def test_tells():
    pathlib.Path(__file__).with_name("niceness").write_text(str(os.nice(0)))
"""


@pytest.fixture
def session() -> Iterator[subprocess.Popen[bytes]]:
    """Yield a process that leads a session of its own and waits."""
    waits = [sys.executable, "-c", "import sys; sys.stdin.read()"]
    with subprocess.Popen(waits, stdin=subprocess.PIPE, start_new_session=True) as process:
        yield process


def session_niceness(pid: int) -> str:
    """Return how nice Linux takes the session of *pid* to be."""
    return Path(f"/proc/{pid}/autogroup").read_text().rpartition("nice ")[2].strip()


def test_a_session_gives_way(session: subprocess.Popen[bytes]) -> None:
    give_way(session.pid)

    assert os.getpriority(os.PRIO_PROCESS, session.pid) == max(os.nice(0), NICENESS)
    if Path(f"/proc/{session.pid}/autogroup").exists():
        assert session_niceness(session.pid) == str(NICENESS)


def test_what_is_nicer_already_stays_so(session: subprocess.Popen[bytes]) -> None:
    nicer = max(os.nice(0), NICENESS + 3)
    os.setpriority(os.PRIO_PGRP, session.pid, nicer)

    give_way(session.pid)

    assert os.getpriority(os.PRIO_PROCESS, session.pid) == nicer


def test_a_session_that_is_over_is_no_error(session: subprocess.Popen[bytes]) -> None:
    session.communicate()

    give_way(session.pid)


@pytest.mark.asyncio
@pytest.mark.parametrize(("more", "gives_way"), [(3, False), (1000, True)])
async def test_long_runs_give_way_and_others_do_not(
    project: Write, start: Start, more: int, *, gives_way: bool
) -> None:
    ours = os.nice(0)
    niceness = max(ours, NICENESS) if gives_way else ours
    root = project({"test_telling.py": TELLING.format(niceness=niceness, more=more)})
    session = await start(root)

    result = await session.run()

    assert result.counts == {"passed": more + 2}
    assert (root / "niceness").read_text() == str(niceness)
