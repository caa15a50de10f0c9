"""A child process with everything it starts: its output as it comes, and a sure end."""

from __future__ import annotations

import abc
import asyncio
import codecs
import contextlib
import logging
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from pytest_recall_server.runs.descendants import Member, descendants, kill, send_to

logger = logging.getLogger(__name__)

WINDOWS = sys.platform == "win32"

# Ctrl-C first, as a person would; then less and less politely.
TERMINATE_AFTER = 1.0
KILL_AFTER = 0.8
# A grandchild that outlives pytest may hold its output open for ever.
LAST_OUTPUT_WITHIN = 0.5


_living: set[int] = set()


class Process(abc.ABC):
    """A process in a group of its own, by whomever it was started."""

    def __init__(self, on_output: Callable[[str], None]) -> None:
        self._on_output = on_output
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._closed = asyncio.Event()
        self.exited = asyncio.Event()
        """Set when the process itself has ended."""

    @property
    @abc.abstractmethod
    def pid(self) -> int:
        """The process id, which is the group's too."""

    @property
    @abc.abstractmethod
    def exit_status(self) -> int | None:
        """The exit status, or None while it runs and where a signal ended it."""

    @property
    @abc.abstractmethod
    def how_it_ended(self) -> str:
        """The exit status or the signal that ended it, in words."""

    @abc.abstractmethod
    def _release(self) -> None:
        """Let go of what it was followed by."""

    def _printed(self, data: bytes) -> None:
        """Hand on what was printed."""
        if text := self._decoder.decode(data):
            self._on_output(text)

    def _fell_silent(self) -> None:
        """Note that nothing more will be printed."""
        if rest := self._decoder.decode(b"", final=True):
            self._on_output(rest)
        self._closed.set()

    def _ended(self) -> None:
        """Note the end."""
        _living.discard(self.pid)
        self.exited.set()

    async def finished(self) -> None:
        """Wait until the process has ended and its output has been read."""
        await self.exited.wait()
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(self._closed.wait(), LAST_OUTPUT_WITHIN)
        self._release()

    async def stop(self) -> None:
        """End the process, all of its group, and what tests have put into groups of its own."""
        if sys.platform == "win32":
            steps = [(signal.CTRL_BREAK_EVENT, TERMINATE_AFTER)]
        else:
            steps = [(signal.SIGINT, TERMINATE_AFTER), (signal.SIGTERM, KILL_AFTER)]
        below: frozenset[Member] = frozenset()
        for number, patience in steps:
            if self.exited.is_set():
                break
            below |= await asyncio.to_thread(descendants, self.pid)
            send_to_group(self.pid, number)
            if number == signal.SIGTERM:
                send_to(below, number)
            with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
                await asyncio.wait_for(self.exited.wait(), patience)
        if not self.exited.is_set():
            below |= await asyncio.to_thread(descendants, self.pid)
        kill_group(self.pid)
        kill(below)
        await self.exited.wait()


class _Started(Process, asyncio.SubprocessProtocol):
    """A child of the server; made by ``start_process``."""

    _transport: asyncio.SubprocessTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport."""
        self._transport = cast("asyncio.SubprocessTransport", transport)

    def pipe_data_received(self, fd: int, data: bytes | str) -> None:
        """Hand on what was printed."""
        del fd
        if isinstance(data, bytes):
            self._printed(data)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:
        """Note that nothing more will be printed."""
        del fd, exc
        self._fell_silent()

    def process_exited(self) -> None:
        """Note the end."""
        self._ended()

    @property
    def transport(self) -> asyncio.SubprocessTransport:
        """The transport, which is there once the process has started."""
        if self._transport is None:
            raise RuntimeError("the process has not started")
        return self._transport

    @property
    def pid(self) -> int:
        """The process id, which is the group's too."""
        return self.transport.get_pid()

    @property
    def exit_status(self) -> int | None:
        """The exit status, or None while it runs and where a signal ended it."""
        status = self.transport.get_returncode()
        return None if status is None or status < 0 else status

    @property
    def how_it_ended(self) -> str:
        """The exit status or the signal that ended it, in words."""
        return words_of(self.transport.get_returncode())

    def _release(self) -> None:
        self.transport.close()


def words_of(code: int | None) -> str:
    """Return an exit status, or a signal (negative), in words; None: nobody knows."""
    if code is None:
        return "nobody knows how"
    if code >= 0:
        return f"exit status {code}"
    with contextlib.suppress(ValueError):
        return signal.Signals(-code).name
    return f"signal {-code}"


def send_to_group(pid: int, number: signal.Signals) -> None:
    """Send a signal to the group of *pid*, if it is still there."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if WINDOWS:
            os.kill(pid, number)
        else:
            os.killpg(pid, number)


def kill_group(pid: int) -> None:
    """Kill what is left of the group of *pid*."""
    if WINDOWS:
        tree = ["taskkill", "/PID", str(pid), "/T", "/F"]
        subprocess.run(tree, check=False, capture_output=True)
    else:
        send_to_group(pid, signal.SIGKILL)


async def start_process(
    arguments: Sequence[str],
    folder: str,
    environment: Mapping[str, str],
    on_output: Callable[[str], None],
    descriptors: Sequence[int] = (),
) -> Process:
    """Start a process in *folder*; raise ``OSError`` where it cannot be.

    Its standard output and error come as one stream.  It keeps *descriptors*, on POSIX.
    """
    loop = asyncio.get_running_loop()
    if sys.platform == "win32":
        flags = subprocess.CREATE_NEW_PROCESS_GROUP
    else:
        flags = 0
    _, process = await loop.subprocess_exec(
        lambda: _Started(on_output),
        *arguments,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env=dict(environment),
        start_new_session=not WINDOWS,
        pass_fds=descriptors,
        creationflags=flags,
    )
    add_living(process.pid)
    return process


def add_living(pid: int) -> None:
    """Let the group of *pid* end with the server, until the process has ended."""
    _living.add(pid)


def kill_all() -> None:
    """Kill whatever still runs: the server itself ends, and no event loop is there any more."""
    for pid in list(_living):
        below = descendants(pid)
        kill_group(pid)
        kill(below)
