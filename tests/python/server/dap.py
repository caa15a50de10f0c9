"""A client of a debug adapter, as a process over stdio, for tests."""

from __future__ import annotations

import asyncio
import json
import subprocess
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeVar

from tests.python.server.support import REPOSITORY

PLUGINS = REPOSITORY / ".venv" / "plugins" / "bin" / "python"
"""An interpreter with debugpy."""

PATIENCE = 60.0
"""Seconds to wait for anything: a debugged pytest starts slowly on a busy machine."""

Message = dict[str, Any]
T = TypeVar("T")


class Adapter:
    """debugpy's adapter with one session, as VS Code has it; made by ``start_adapter``."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._number = 0
        self._answers: dict[int, asyncio.Future[Message]] = {}
        self.events: list[Message] = []
        self._news = asyncio.Event()
        self._reading = asyncio.ensure_future(self._read())
        self._launch: Awaitable[Message] | None = None

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while header := await self._process.stdout.readline():
            length = int(header.partition(b":")[2])
            await self._process.stdout.readline()
            message = json.loads(await self._process.stdout.readexactly(length))
            if message["type"] == "response":
                self._answers.pop(message["request_seq"]).set_result(message)
            elif message["type"] == "event":
                self.events.append(message)
            self._news.set()

    def ask(self, command: str, arguments: Mapping[str, object]) -> asyncio.Future[Message]:
        """Send a request and return its answer to come."""
        self._number += 1
        asked = {"seq": self._number, "type": "request", "command": command, "arguments": arguments}
        body = json.dumps(asked).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n%b" % (len(body), body))
        answer = asyncio.get_running_loop().create_future()
        self._answers[self._number] = answer
        return answer

    async def request(self, command: str, **arguments: object) -> Message:
        """Return the body of the answer to a request that must not fail."""
        answer = await asyncio.wait_for(self.ask(command, arguments), PATIENCE)
        assert answer["success"], answer
        body: Message = answer.get("body") or {}
        return body

    async def until(self, condition: Callable[[], T]) -> T:
        """Return what *condition* gives as soon as that is true."""
        loop = asyncio.get_running_loop()
        end = loop.time() + PATIENCE
        while not (value := condition()):
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), max(end - loop.time(), 0))
        return value

    async def event(self, name: str, number: int = 1) -> Message:
        """Return the body of the *number*-th event of that name, which may be still to come."""

        def found() -> list[Message]:
            return [each for each in self.events if each["event"] == name][number - 1 :]

        event = (await self.until(found))[0]
        body: Message = event.get("body") or {}
        return body

    async def launch(
        self,
        configuration: Mapping[str, object],
        breakpoints: Mapping[str, Sequence[int]],
        filters: Sequence[str] = ("uncaught",),
    ) -> None:
        """Start a program as VS Code does; *breakpoints*: path → lines, 1-based."""
        await self.request("initialize", adapterID="debugpy", pathFormat="path")
        launched = self.ask("launch", configuration)
        await self.event("initialized")
        for path, lines in breakpoints.items():
            wanted = [{"line": line} for line in lines]
            await self.request("setBreakpoints", source={"path": path}, breakpoints=wanted)
        await self.request("setExceptionBreakpoints", filters=list(filters))
        await self.request("configurationDone")
        assert (await asyncio.wait_for(launched, PATIENCE))["success"]

    async def stack(self, stopped: Message) -> list[str]:
        """Return the frames of a stopped thread as ``name:line``, innermost first."""
        told = await self.request("stackTrace", threadId=stopped["threadId"])
        return [f"{frame['name']}:{frame['line']}" for frame in told["stackFrames"]]

    async def variables(self, stopped: Message) -> dict[str, str]:
        """Return the local variables of the innermost frame of a stopped thread."""
        told = await self.request("stackTrace", threadId=stopped["threadId"])
        frame = told["stackFrames"][0]["id"]
        scopes = (await self.request("scopes", frameId=frame))["scopes"]
        reference = scopes[0]["variablesReference"]
        told = await self.request("variables", variablesReference=reference)
        return {each["name"]: each["value"] for each in told["variables"]}

    async def go_on(self, stopped: Message) -> None:
        """Let a stopped program run on."""
        await self.request("continue", threadId=stopped["threadId"])

    @property
    def output(self) -> str:
        """What the program has printed."""
        told = [each["body"] for each in self.events if each["event"] == "output"]
        return "".join(each["output"] for each in told if each["category"] in {"stdout", "stderr"})

    async def disconnect(self) -> None:
        """End the session, and with it the program, as the Stop button does."""
        await self.request("disconnect", terminateDebuggee=True)

    async def close(self) -> None:
        """End the adapter."""
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        self._reading.cancel()


async def start_adapter() -> Adapter:
    """Start the adapter of the debugpy that is installed in ``PLUGINS``."""
    return Adapter(
        await asyncio.create_subprocess_exec(
            str(PLUGINS),
            "-m",
            "debugpy.adapter",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    )
