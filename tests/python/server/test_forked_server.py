"""A server that is forked for a test is in its process what the program is."""

from __future__ import annotations

import asyncio
import signal
import stat
import sys
from pathlib import Path

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session


@pytest.mark.asyncio
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="asks /proc")
async def test_a_forked_server_stands_as_the_program_does(project: Write, start: Start) -> None:
    root = project({"test_a.py": "def test_a(): pass\n"})
    forked = server_of(await start(root))
    # With an environment of its own, it is the program.
    program = server_of(await start(root, environment={}))

    assert (process(program) / "cmdline").read_text().endswith("-m\0pytest_recall_server\0")
    assert (process(forked) / "cmdline").read_text().endswith("serverzygote.py\0")
    assert standing_of(forked) == standing_of(program)


@pytest.mark.asyncio
async def test_a_forked_server_ends_with_its_own_status(project: Write, start: Start) -> None:
    root = project({"test_a.py": "def test_a(): pass\n"})
    ended, killed = await start(root), await start(root)

    server_of(killed).kill()
    await ended.stop()

    assert await server_of(killed).wait() == -signal.SIGKILL
    assert server_of(ended).returncode == 0


def server_of(session: Session) -> asyncio.subprocess.Process:
    """Return the server's process."""
    server = session.client._server
    assert server is not None
    return server


def process(server: asyncio.subprocess.Process) -> Path:
    """Return what the system tells of a process."""
    return Path(f"/proc/{server.pid}")


def standing_of(server: asyncio.subprocess.Process) -> dict[str, object]:
    """Return what a process has from its start: folder, streams, other descriptors and signals."""
    folder = process(server)
    lines = (folder / "status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    descriptors = {each.name: kind_of(each) for each in (folder / "fd").iterdir()}
    return {
        "folder": (folder / "cwd").readlink(),
        "streams": [descriptors.pop(name) for name in "012"],
        "others": sorted(descriptors.values()),
        **{name: status[name] for name in ("Umask", "NSpgid", "SigBlk", "SigIgn", "SigCgt")},
    }


def kind_of(descriptor: Path) -> int:
    """Return whether it is a pipe, a socket, a file and so on."""
    return stat.S_IFMT(descriptor.stat().st_mode)
