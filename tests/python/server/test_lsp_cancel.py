"""Cancelled runs of the server and what tests have started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.test_lsp_runs import (
    answered,
    begin,
    cancel,
    is_running,
    until_file,
    until_gone,
)

from pytest_recall_server.runs.descendants import Member, descendants, kill

# Has a child in a session of its own, which has one of its own, and both hear nothing.
STARTING = """\
import os, pathlib, signal, subprocess, sys, time

DEAF = "import signal, time; signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN)\\n"
DEEPER = DEAF + "time.sleep(600)"
CHILD = DEAF + f'''
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {DEEPER!r}], start_new_session=True)
print(child.pid, flush=True)
time.sleep(600)
'''


def test_before():
    assert 0, "known before"


def test_starting():
    __GUARD__
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD], start_new_session=True, stdout=subprocess.PIPE, text=True
    )
    pids = f"{os.getpid()} {child.pid} {child.stdout.readline()}"
    pathlib.Path("pids").write_text(pids)
    pathlib.Path("waiting").touch()
    while True:
        time.sleep(0.01)


def test_after():
    pass
"""
IGNORING = "signal.signal(2, signal.SIG_IGN); signal.signal(15, signal.SIG_IGN)"


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
@pytest.mark.asyncio
@pytest.mark.parametrize("guard", ["pass", IGNORING], ids=["polite", "deaf"])
async def test_children_in_sessions_of_their_own_die_with_a_cancelled_run(
    project: Write, start: Start, guard: str
) -> None:
    root = project({"test_some.py": STARTING.replace("__GUARD__", guard)})
    session = await start(root)
    request, answer = await begin(session)
    await until_file(root / "waiting")
    pids = [int(word) for word in (root / "pids").read_text().split()]
    assert len({os.getsid(pid) for pid in pids}) == 3

    cancel(session, request)

    await until_gone(pids, 4.0)
    result = answered(session, await answer)
    assert (result.cancelled, result.counts) == (True, {"failed": 1})
    # What has finished is kept, the rest is unfinished.
    stored = json.loads((root / ".pytest_cache/v/cache/lastfailed").read_text())
    assert list(stored) == ["test_some.py::test_before"]
    left = [line.strip() for line in session.draw().splitlines() if "~test_" in line]
    assert [line.split()[0] for line in left[1:]] == ["~test_starting", "~test_after"]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are found in /proc")
def test_a_process_that_has_the_id_of_another_is_let_be() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    pid = process.pid
    [child] = [each for each in descendants(os.getpid()) if each.pid == pid]

    kill([Member(pid=pid, born=child.born + 1)])
    assert is_running(pid)
    kill([child])

    assert process.wait() == -signal.SIGKILL
