"""Servers that are forked from a process which has their modules imported.

Importing them takes longer than most tests. Where there is no fork, and where the start itself or
the environment of the interpreter is what a test is about, the real program is started.
"""

from __future__ import annotations

import asyncio
import atexit
import contextlib
import functools
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Mapping
from io import FileIO
from pathlib import Path
from typing import cast

SOURCES = Path(__file__).resolve().parents[3] / "python_server"
ZYGOTE = Path(__file__).with_name("serverzygote.py")
LIMIT = 1 << 16
"""Bytes that a stream holds before it waits, as in asyncio."""

CAN_FORK = hasattr(os, "fork")


class ForkedServer:
    """A server, with what tests and pygls use of `asyncio.subprocess.Process`."""

    def __init__(
        self,
        pid: int,
        streams: tuple[asyncio.StreamWriter, asyncio.StreamReader, asyncio.StreamReader],
        told: asyncio.StreamReader,
    ) -> None:
        self.pid = pid
        self.stdin, self.stdout, self.stderr = streams
        self.returncode: int | None = None
        self._ended = asyncio.create_task(self._end(told))

    async def _end(self, told: asyncio.StreamReader) -> int:
        status = await told.read()
        self.stdin.close()
        # Nothing is told if the zygote itself has gone.
        self.returncode = int(status or -signal.SIGKILL)
        return self.returncode

    async def wait(self) -> int:
        """Return the exit status once it has ended."""
        return await asyncio.shield(self._ended)

    def kill(self) -> None:
        """Kill it."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)


@functools.cache
def _zygote() -> socket.socket:
    """Return the way to the zygote of this process, which is started when it is first needed."""
    ours, theirs = socket.socketpair()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-X", "utf8", str(ZYGOTE)],
            env={**kept, "PYTHONPATH": str(SOURCES)},
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
        )

    def end() -> None:
        ours.close()
        process.wait()

    atexit.register(end)
    return ours


async def fork_server(
    environment: Mapping[str, str], cwd: Path, limit: int = LIMIT
) -> asyncio.subprocess.Process:
    """Fork a server with *environment* in *cwd*, whose streams hold *limit* bytes."""
    (stdin, to), (out, stdout), (err, stderr), (told, tells) = (os.pipe() for _ in range(4))
    given = [stdin, stdout, stderr, tells]
    request = json.dumps([str(cwd), dict(environment)]).encode()
    socket.send_fds(_zygote(), [request, b"\n"], given)
    for descriptor in given:
        os.close(descriptor)
    # A fork is quick, and one request at a time needs no order of answers.
    pid = int(os.read(told, 32))
    streams = await _writer(to), await _reader(out, limit), await _reader(err, limit)
    # It has all that is used of one.
    return cast(
        "asyncio.subprocess.Process", ForkedServer(pid, streams, await _reader(told, limit))
    )


async def _reader(descriptor: int, limit: int) -> asyncio.StreamReader:
    reader = asyncio.StreamReader(limit)
    protocol = asyncio.StreamReaderProtocol(reader)
    pipe = FileIO(descriptor)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, pipe)
    return reader


async def _writer(descriptor: int) -> asyncio.StreamWriter:
    loop = asyncio.get_running_loop()
    # Of all protocols, this one knows what a writer asks for.
    protocol = asyncio.StreamReaderProtocol(asyncio.StreamReader())
    transport, _ = await loop.connect_write_pipe(lambda: protocol, FileIO(descriptor, "w"))
    return asyncio.StreamWriter(transport, protocol, None, loop)
