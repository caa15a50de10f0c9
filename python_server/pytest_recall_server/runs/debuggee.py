"""A pytest that the client's debugger starts and ends: its command, and word of its end."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

DebugKind = Literal["breakpoints", "failures"]

# The client ends what it has started; one that does not say so has lost it.
TOLD_WITHIN = 5.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Launch:
    """What a debugger is to start."""

    interpreter: str
    program: str
    """Absolute path of a Python file."""
    arguments: tuple[str, ...]
    cwd: str
    environment: Mapping[str, str | None]
    """What differs from the environment of the server; None removes a variable."""


def launch_of(
    command: Sequence[str],
    options: Sequence[str],
    cwd: str,
    environment: Mapping[str, str],
    inherited: Mapping[str, str],
) -> Launch:
    """Return how to start *command*, an interpreter, our launcher and its arguments.

    *options* are further ones of our plugin; *environment* is that of the run, *inherited* ours.
    """
    interpreter, program, *arguments = command
    removed = dict.fromkeys(inherited.keys() - environment.keys())
    changed = {name: value for name, value in environment.items() if inherited.get(name) != value}
    return Launch(
        interpreter=interpreter,
        program=program,
        arguments=(*options, *arguments),
        cwd=cwd,
        environment={**removed, **changed},
    )


class Debuggee:
    """Stands where a ``Process`` of our own would."""

    exit_status = None
    """A debugger keeps it to itself; the journal tells pytest's."""
    how_it_ended = "with its debug session"

    def __init__(self, token: str) -> None:
        self.token = token
        """The journal of the run says it."""
        self.problem: str | None = None
        """Why it could not be started, as the client says."""
        self.exited = asyncio.Event()
        """Set when the client says that it has ended, or nobody knows."""

    def end(self, problem: str | None) -> None:
        """Take the client's word that it has ended."""
        self.problem = problem
        self.exited.set()

    async def finished(self) -> None:
        """Wait until it has ended."""
        await self.exited.wait()

    async def stop(self) -> None:
        """Wait until the client has ended it, as it does when it cancels the run."""
        with contextlib.suppress(TimeoutError, asyncio.TimeoutError):
            await asyncio.wait_for(self.exited.wait(), TOLD_WITHIN)
        self.exited.set()
