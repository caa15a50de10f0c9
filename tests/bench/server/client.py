"""A bare client of the server: notes when messages arrive, and reads them later."""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

SOURCES = Path(__file__).resolve().parents[3] / "python_server"
PATIENCE = 120.0
Message = dict[str, Any]


@dataclass(frozen=True)
class Arrival:
    """A message, and when its last byte was there (seconds of `time.perf_counter`)."""

    when: float
    body: bytes

    @property
    def message(self) -> Message:
        """The message itself."""
        read: Message = json.loads(self.body)
        return read


def _ignore(arrival: Arrival) -> None:
    """Take what arrives and do nothing."""


class Client:
    """One server.

    *sources*: where the server's code is.  *log*: the file that its log goes to.
    """

    def __init__(
        self, folder: Path, *, sources: Path = SOURCES, log: int | IO[bytes] = subprocess.DEVNULL
    ) -> None:
        self.folder = folder
        self.began = time.perf_counter()
        self._process = subprocess.Popen(
            [sys.executable, "-X", "utf8", "-m", "pytest_recall_server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            env={**os.environ, "PYTHONPATH": str(sources)},
        )
        self._arrived: queue.Queue[Arrival | None] = queue.Queue()
        self._number = 0
        assert self._process.stdout is not None
        threading.Thread(target=self._read, args=(self._process.stdout,), daemon=True).start()

    def _read(self, stream: BinaryIO) -> None:
        while line := stream.readline():
            length = 0
            while line.strip():
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
                line = stream.readline()
            body = stream.read(length)
            self._arrived.put(Arrival(time.perf_counter(), body))
        self._arrived.put(None)

    def send(self, method: str, params: object, *, request: bool = False) -> float:
        """Send a message; return when that was."""
        message: Message = {"jsonrpc": "2.0", "method": method, "params": params}
        if request:
            self._number += 1
            message["id"] = self._number
        body = json.dumps(message).encode()
        assert self._process.stdin is not None
        sent = time.perf_counter()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()
        return sent

    def until(self, wanted: Callable[[Message], bool]) -> Arrival:
        """Return the first message from now on that is *wanted*."""
        while True:
            arrival = self._next()
            if wanted(arrival.message):
                return arrival

    def _next(self) -> Arrival:
        arrival = self._arrived.get(timeout=PATIENCE)
        if arrival is None:
            raise RuntimeError("the server has ended")
        message = arrival.message
        if "id" in message and "method" in message:
            self._answer(message["id"])
        return arrival

    def _answer(self, number: int) -> None:
        body = json.dumps({"jsonrpc": "2.0", "id": number, "result": None}).encode()
        assert self._process.stdin is not None
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self._process.stdin.flush()

    def ask(
        self, method: str, params: object, listen: Callable[[Arrival], object] = _ignore
    ) -> tuple[float, Arrival]:
        """Send a request; return the seconds until its answer, and the answer.

        *listen* is given all that arrives until then.
        """
        sent = self.send(method, params, request=True)
        number = self._number
        while True:
            arrival = self._next()
            message = arrival.message
            if message.get("id") == number and "method" not in message:
                return arrival.when - sent, arrival
            listen(arrival)

    @property
    def pid(self) -> int:
        """Return the number of the server's process."""
        return self._process.pid

    def initialize(self, python: str = sys.executable, **options: object) -> None:
        """Say hello; `initialized` is the caller's to send.

        *python* runs the tests; *options*: further initialization options, as on the wire.
        """
        uri = self.folder.as_uri()
        watching = {"dynamicRegistration": True, "relativePatternSupport": True}
        self.ask(
            "initialize",
            {
                "processId": os.getpid(),
                "rootUri": uri,
                "capabilities": {"workspace": {"didChangeWatchedFiles": watching}},
                "workspaceFolders": [{"uri": uri, "name": self.folder.name}],
                "initializationOptions": {
                    "interpreter": {"path": python, "problem": None},
                    "args": [],
                    "trusted": True,
                    **options,
                },
            },
        )

    def peak(self) -> float:
        """Return the most memory the server has had, in MiB (Linux only)."""
        status = Path(f"/proc/{self._process.pid}/status").read_text("utf-8")
        return int(status.split("VmHWM:")[1].split()[0]) / 1024

    def stop(self) -> None:
        """End the server as an editor does: it remembers what it has parsed."""
        self.ask("shutdown", None)
        self.send("exit", None)
        self._process.wait(PATIENCE)
