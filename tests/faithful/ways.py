"""Run a project's tests in the ways that are compared: by the plain script, and by the server."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from tests.bench.server.client import SOURCES, Arrival, Client
from tests.faithful.cases import Case
from tests.faithful.seen import REPORTING, Seen, read

WAYS = ("cold", "warm")
ATTEMPTS = 4
"""How often a run is tried again that should have been warm: the waiting process may be late."""
_SAID = re.compile(r"run is (warm|cold)(?:: (.*))?")


@dataclass(frozen=True)
class Served:
    """A run through the server."""

    seen: Seen
    way: str | None
    """Warm, or cold and why; None: the server does not say."""

    @property
    def is_cold(self) -> bool:
        """Tell whether the server said that it was no warm run."""
        return self.way is not None and self.way != "warm"


def plain(case: Case, folder: Path) -> Seen:
    """Run the `pytest` script of the interpreter."""
    done = _pytest(case, folder, (*case.args, *REPORTING))
    return read(folder, done.returncode, done.stdout)


def order_of(case: Case, folder: Path) -> list[str]:
    """Return the ids of all tests in the order of a run without workers."""
    args = [each for each in case.args if each not in {"-v", "-n", "2"}]
    done = _pytest(case, folder, (*args, "--collect-only", "-q"))
    return [line for line in done.stdout.splitlines() if "::" in line]


def _pytest(case: Case, folder: Path, args: Sequence[str]) -> subprocess.CompletedProcess[str]:
    script = case.python.with_name("pytest")
    return subprocess.run(
        # The server wants colours, as a terminal has them.
        [str(case.python), str(script), "--color=yes", *args],
        cwd=folder,
        env=environment(),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        check=False,
    )


def environment() -> dict[str, str]:
    """Return the environment of plain runs: that of the server, without where its code is."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def served(
    case: Case, folder: Path, way: str, tidy: Callable[[], object], sources: Path = SOURCES
) -> Served:
    """Run all tests through a server of its own.

    *tidy* removes what a run has left, for another attempt at a warm run.
    *sources*: where the server's code is.
    """
    with tempfile.TemporaryFile() as log, _server(case, folder, way, sources, log) as client:
        result = Served(_run(client, folder, "run-0"), _last_said(log))
        attempts = iter(range(1, ATTEMPTS))
        while way == "warm" and result.is_cold and (attempt := next(attempts, None)):
            tidy()
            result = Served(_run(client, folder, f"run-{attempt}"), _last_said(log))
    return result


@contextlib.contextmanager
def _server(case: Case, folder: Path, way: str, sources: Path, log: IO[bytes]) -> Iterator[Client]:
    client = Client(folder, sources=sources, log=log)
    try:
        client.initialize(
            str(case.python),
            args=[*case.args, *REPORTING],
            env={"PYTHONPATH": None},
            warmStart=way == "warm",
        )
        client.send("initialized", {})
        client.until(lambda message: message.get("method") == "recall/summary")
        yield client
    finally:
        client.stop()


def _run(client: Client, folder: Path, token: str) -> Seen:
    told: dict[str, str] = {}
    output: list[str] = []

    def listen(arrival: Arrival) -> None:
        message = arrival.message
        params = message.get("params") or {}
        if message.get("method") != "recall/runEvents" or params.get("token") != token:
            return
        for event in params["events"]:
            output.append(event.get("output") or "")
            if event["kind"] == "finished":
                told[event["record"]["id"]] = event["record"]["outcome"]

    selection = {"kind": "all", "ids": [], "exclude": []}
    request = {"root": folder.as_uri(), "token": token, "selection": selection}
    _, answer = client.ask("recall/run", request, listen)
    result = answer.message["result"]
    # What pytest itself says of an internal error is said once more to people.
    if result["problem"] is not None and "INTERNALERROR>" not in "".join(output):
        output.append(f"\nproblem: {result['problem']}")
    return read(folder, result["exitStatus"], "".join(output), told)


def _last_said(log: IO[bytes]) -> str | None:
    log.seek(0)
    said: list[tuple[str, str]] = _SAID.findall(log.read().decode("utf-8", "replace"))
    if not said:
        return None
    word, reason = said[-1]
    return f"{word}: {reason}" if reason else word
