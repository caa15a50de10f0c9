"""One process that waits with pytest and its plugins imported, to be forked for runs.

The other end is ``waiting.py`` of the plugin, which says what goes over the socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from pytest_recall_server.runs.forked import Forked
from pytest_recall_server.runs.process import Process, kill_group, start_process
from pytest_recall_server.runs.recipe import Basis, Recipe
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import spawn_task

logger = logging.getLogger(__name__)

ANSWERS_WITHIN = 5.0
ENDS_WITHIN = 0.5
_LONGEST_LINE = 1 << 24


@dataclass(frozen=True, kw_only=True, slots=True)
class Spoiled:
    """It cannot be used: an import has left a trace that a test could see."""

    plugin: str
    why: str


@dataclass(eq=False, slots=True)
class Waiting:
    """One waiting process; made by ``start_waiting``."""

    recipe: Recipe
    launcher: str
    process: Process
    _channel: socket.socket
    _reader: asyncio.StreamReader
    _writer: asyncio.StreamWriter
    _watchdog: Watchdog
    state: Literal["importing", "ready", "spoiled", "gone"] = "importing"
    spoiled: Spoiled | None = None
    basis: Basis | None = None
    used: bool = False
    """A run was forked from it: the next would have the same seed of hashes."""
    settled: asyncio.Event = field(default_factory=asyncio.Event)
    """It is not importing any more."""
    _runs: dict[int, Forked] = field(default_factory=dict)
    _began: asyncio.Queue[int | None] = field(default_factory=asyncio.Queue)
    _forking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _retired: bool = False
    _over: asyncio.Event = field(default_factory=asyncio.Event)

    async def follow(self) -> None:
        """Take what it says, to its end."""
        try:
            while line := await self._reader.readline():
                self._take(json.loads(line))
        except (OSError, ValueError):
            logger.exception("The waiting process is not understood")
        finally:
            self._is_gone()

    def _take(self, said: Mapping[str, object]) -> None:
        match said:
            case {"started": int(pid)}:
                self._began.put_nowait(pid)
            case {"ended": int(pid), "status": int(status)}:
                if (run := self._runs.pop(pid, None)) is not None:
                    run.is_over(status)
                self._end_if_retired()
            case {"ready": {"files": dict(files), "folders": dict(folders), **rest}}:
                own, names = rest.get("own"), rest.get("names")
                self.basis = Basis(
                    files=files,
                    folders=folders,
                    own=own if isinstance(own, list) else (),
                    names=names if isinstance(names, list) else (),
                )
                self._settle("ready")
            case {"spoiled": str(plugin), "why": str(why)}:
                self.spoiled = Spoiled(plugin=plugin, why=why)
                self._settle("spoiled")
            case _:
                logger.warning("The waiting process says what is not understood: %s", said)

    def _settle(self, state: Literal["ready", "spoiled", "gone"]) -> None:
        self.state = state
        self.settled.set()

    def _is_gone(self) -> None:
        if self.state != "spoiled":
            self._settle("gone")
        self._began.put_nowait(None)
        for run in self._runs.values():
            # Nobody will tell of its end, and it may not go on without.
            kill_group(run.pid)
            run.is_over(None)
        self._runs.clear()
        spawn_task(self._end(), "end a waiting process")

    async def fork(
        self, arguments: Sequence[str], on_output: Callable[[str], None]
    ) -> Process | None:
        """Fork a run with *arguments* of the launcher; None where it does not answer."""
        async with self._forking:
            if self.state != "ready" or self._retired:
                return None
            return await self._fork(arguments, on_output)

    async def _fork(
        self, arguments: Sequence[str], on_output: Callable[[str], None]
    ) -> Process | None:
        reading, writing = os.pipe()
        run = Forked(on_output)
        loop = asyncio.get_running_loop()
        await loop.connect_read_pipe(lambda: run, os.fdopen(reading, "rb"))
        try:
            request = json.dumps({"run": list(arguments)}).encode() + b"\n"
            pid = await self._ask(request, writing)
        finally:
            os.close(writing)
        if pid is None:
            run.release()
            return None
        self.used = True
        run.began(pid)
        self._runs[pid] = run
        return run

    async def _ask(self, request: bytes, descriptor: int) -> int | None:
        """Send *request* and return the process id of the run, None if there is none."""
        if sys.platform == "win32":
            return None
        try:
            sent = socket.send_fds(self._channel, [request], [descriptor])
            self._writer.write(request[sent:])
            return await asyncio.wait_for(self._began.get(), ANSWERS_WITHIN)
        except (OSError, TimeoutError, asyncio.TimeoutError):
            # Once it is gone, it is certain whether it has forked.
            kill_group(self.process.pid)
            return await self._began.get()

    def retire(self) -> None:
        """End it as soon as its runs have ended."""
        self._retired = True
        self._end_if_retired()

    def _end_if_retired(self) -> None:
        if self._retired and not self._runs and not self._forking.locked():
            self._writer.close()
            if self.state == "importing":
                # It does not listen yet.
                kill_group(self.process.pid)

    async def ended(self) -> None:
        """Wait for its end."""
        await self._over.wait()

    async def _end(self) -> None:
        self._writer.close()
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(self.process.exited.wait(), ENDS_WITHIN)
        kill_group(self.process.pid)
        await self.process.finished()
        self._watchdog.discard(self.process.pid)
        self._over.set()


async def start_waiting(
    launcher: str, recipe: Recipe, until: str | None, watchdog: Watchdog
) -> Waiting:
    """Start a process that imports what *recipe* says, up to the plugin *until* (None: all).

    Raises ``OSError`` where it cannot be started.
    """
    ours, theirs = socket.socketpair()
    with theirs:
        command = [recipe.interpreter, launcher, "--wait", str(theirs.fileno()), recipe.root]
        try:
            process = await start_process(
                command, recipe.cwd, recipe.environment, _log, [theirs.fileno()]
            )
        except OSError:
            ours.close()
            raise
    watchdog.add(process.pid)
    reader, writer = await asyncio.open_connection(sock=ours, limit=_LONGEST_LINE)
    request = {"arguments": list(recipe.arguments), "until": until}
    writer.write(json.dumps(request).encode() + b"\n")
    waiting = Waiting(
        recipe=recipe,
        launcher=launcher,
        process=process,
        _channel=ours,
        _reader=reader,
        _writer=writer,
        _watchdog=watchdog,
    )
    spawn_task(waiting.follow(), "follow a waiting process")
    return waiting


def _log(output: str) -> None:
    logger.info("The waiting process says: %s", output.rstrip())
