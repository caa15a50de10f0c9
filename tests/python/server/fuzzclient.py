"""A client that says anything at all: bytes in, every answer counted."""

from __future__ import annotations

import asyncio
import itertools
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from tests.python.environment import clean_environment
from tests.python.server.support import PATIENCE, SERVER

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of

Json = object
INVALID_REQUEST, METHOD_NOT_FOUND, INVALID_PARAMS, PARSE_ERROR = -32600, -32601, -32602, -32700
NOT_INITIALIZED = -32002
MANY = 1 << 26


class Fuzzer:
    """One server; answers are kept by the id that they are for."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.answers: dict[Json, dict[str, Json]] = {}
        self.answered: Counter[Json] = Counter()
        self.unnamed: list[dict[str, Json]] = []
        """Answers to what had no id that could be read."""
        self.notes: list[dict[str, Json]] = []
        self.stderr = ""
        self._ids = itertools.count(1)
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, *program: str) -> None:
        """Start the server, or *program* in its place."""
        command = program or ("-m", "pytest_recall_server")
        self.process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-X", "utf8", *command),
            env={**clean_environment(), "PYTHONPATH": str(SERVER)},
            cwd=self.root.parent,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=MANY,
        )
        self._tasks = [asyncio.create_task(self._read()), asyncio.create_task(self._read_log())]

    async def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        length = 0
        while header := await stream.readline():
            if header.startswith(b"Content-Length:"):
                length = int(header.split(b":")[1])
            elif not header.strip():
                self._got(json.loads(await stream.readexactly(length)))
        self._news.set()

    def _got(self, message: dict[str, Json]) -> None:
        if "method" in message:
            self.notes.append(message)
        elif message["id"] is None:
            self.unnamed.append(message)
        else:
            self.answers[message["id"]] = message
            self.answered[message["id"]] += 1
        self._news.set()

    async def _read_log(self) -> None:
        assert self.process.stderr is not None
        while text := await self.process.stderr.read(1 << 16):
            self.stderr += text.decode("utf-8", "replace")
            self._news.set()

    async def stop(self) -> None:
        """Kill the server."""
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        await asyncio.gather(*self._tasks)

    # Saying things.

    def write(self, data: bytes) -> None:
        """Write bytes."""
        assert self.process.stdin is not None
        self.process.stdin.write(data)

    def say(self, message: Json) -> None:
        """Send anything as the body of a message."""
        body = json.dumps(message).encode()
        self.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    def notify(self, method: Json, params: Json) -> None:
        """Send a notification."""
        self.say({"jsonrpc": "2.0", "method": method, "params": params})

    def ask(self, method: Json, params: Json, known: Json = None) -> Json:
        """Send a request; return its id."""
        known = next(self._ids) if known is None else known
        self.say({"jsonrpc": "2.0", "id": known, "method": method, "params": params})
        return known

    # Hearing.

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait until *condition* is true."""
        while not condition():
            assert self.process.returncode is None, self.stderr[-3000:]
            self._news.clear()
            await asyncio.wait_for(self._news.wait(), PATIENCE)

    async def answer(self, known: Json) -> dict[str, Json]:
        """Return the answer to a request."""
        await self.until(lambda: known in self.answers)
        return self.answers[known]

    async def code(self, known: Json) -> Json:
        """Return the code of the error that a request was answered with; 0: there is none."""
        error = (await self.answer(known)).get("error", {"code": 0})
        assert isinstance(error, dict)
        return error["code"]

    async def request(self, method: str, params: Json) -> Json:
        """Send a request and return its result."""
        answer = await self.answer(self.ask(method, params))
        assert "result" in answer, answer
        return answer["result"]

    async def initialize(self, capabilities: Json = None) -> None:
        """Begin as a client does."""
        folder = {"uri": uri_of(str(self.root)), "name": "project"}
        options = {"interpreter": {"path": sys.executable}, "trusted": True}
        await self.request(
            "initialize",
            {
                "processId": None,
                "rootUri": None,
                "capabilities": capabilities or {},
                "workspaceFolders": [folder],
                "initializationOptions": options,
            },
        )
        self.notify("initialized", {})
        await self.until(lambda: any(note["method"] == protocol.SUMMARY for note in self.notes))

    async def is_well(self, tests: int = 2) -> None:
        """Check that the server answers a status and a request, and each request was answered."""
        end = time.monotonic() + PATIENCE
        seen = None
        while seen != (tests, []) and time.monotonic() < end:
            status = await self.request(protocol.STATUS, None)
            assert isinstance(status, dict)
            roots = status["roots"]
            tests_now = sum(each["tests"] for each in roots)
            seen = (tests_now, [run for each in roots for run in each["runs"]])
        assert seen == (tests, [])
        keys = await self.request(protocol.CACHE_KEYS, {"root": uri_of(str(self.root))})
        assert isinstance(keys, dict)
        assert keys["entries"] is not None
        assert set(self.answered.values()) <= {1}, self.answered.most_common(3)
