"""Run tests in each of the ways that are measured."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from tests.bench.runs.environments import Environment
from tests.bench.runs.projects import Project
from tests.bench.runs.usage import children_of, own_of
from tests.bench.server.client import Arrival, Client, Message

Figures = dict[str, float]
_RESULT = re.compile(rb"\.py (?:\x1b\[\d+m)*[.F]")
_WARM = re.compile(rb"run is warm")


def pytest(environment: Environment, folder: Path, args: Sequence[str]) -> Figures:
    """Run the plain `pytest`; return seconds to its first result, if that shows, its end, of CPU.

    pytest writes out what it has after each test, so that a pipe has the first letter as soon as
    a terminal would.  With `-v` it would do more: hypothesis imports all of itself for a header.
    """
    begin = time.perf_counter()
    process = subprocess.Popen(
        [environment.pytest, *args],
        cwd=folder,
        env=variables(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        bufsize=0,
    )
    assert process.stdout is not None
    first, said = 0.0, b""
    while chunk := process.stdout.read(65536):
        if not first:
            said += chunk
            first = time.perf_counter() - begin if _RESULT.search(said) else 0.0
    _, status, usage = os.wait4(process.pid, 0)
    end = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode not in {0, 1}:
        raise RuntimeError(f"pytest ended with {process.returncode}:\n{said.decode()}")
    # With `-q` no file stands before the letters.
    told = {"first": first} if first else {}
    return {**told, "end": end, "cpu": usage.ru_utime + usage.ru_stime}


def variables() -> dict[str, str]:
    """Return the environment of plain runs; bytecode is warm for whoever runs tests twice."""
    left_out = {"PYTHONPATH", "PYTHONDONTWRITEBYTECODE"}
    return {name: value for name, value in os.environ.items() if name not in left_out}


class Server:
    """A server on a project, which runs its tests again and again."""

    def __init__(
        self, environment: Environment, project: Project, args: Sequence[str] = (), *, warm: bool
    ) -> None:
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by `stop`
        self._project = project
        self._runs = self.warm_runs = 0
        self._client = Client(project.folder, log=self._log)
        without = {"PYTHONPATH": None, "PYTHONDONTWRITEBYTECODE": None}
        self._client.initialize(environment.python, args=list(args), env=without, warmStart=warm)
        self._client.send("initialized", {})
        self._client.until(lambda message: message.get("method") == "recall/summary")

    def run(self) -> Figures:
        """Run what the project has failed; return seconds to the first result, to the end, of CPU.

        ``cpu`` is that of pytest and all its processes, ``server`` the server's own.
        """
        told, figures = self.follow()
        return {"first": min(told.values()), **figures}

    def follow(self) -> tuple[dict[str, float], Figures]:
        """Run as `run` does; return when the result of each test was told, and figures."""
        self._runs += 1
        token = f"run-{self._runs}"
        told: dict[str, float] = {}

        def listen(arrival: Arrival) -> None:
            told.update((node_id, arrival.when) for node_id in _finished(arrival.message))

        pid = self._client.pid
        own, children = own_of(pid), children_of(pid)
        root, selection = self._project.folder.as_uri(), self._project.selection()
        request = {"root": root, "token": token, "selection": selection}
        end, answer = self._client.ask("recall/run", request, listen)
        figures = {"end": end, "cpu": children_of(pid) - children, "server": own_of(pid) - own}
        result = answer.message["result"]
        if result["problem"] is not None or result["exitStatus"] not in {0, 1}:
            raise RuntimeError(f"the run failed: {result}")
        if self._project.failed and sorted(told) != sorted(self._project.failed):
            raise RuntimeError(f"other tests ran than were asked for: {sorted(told)}")
        self._log.seek(0)
        self.warm_runs = len(_WARM.findall(self._log.read()))
        began = answer.when - end
        return {node_id: when - began for node_id, when in told.items()}, {
            **figures,
            "began": began,
        }

    def stop(self) -> None:
        """End it."""
        self._client.stop()
        self._log.close()


def _finished(message: Message) -> list[str]:
    """Return the ids of the tests that *message* tells the results of."""
    if message.get("method") != "recall/runEvents":
        return []
    events = message["params"]["events"]
    return [event["record"]["id"] for event in events if event["kind"] == "finished"]
