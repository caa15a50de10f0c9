"""The processes below one, also those that have left its group, as Linux tells in ``/proc``.

Elsewhere there are none.  What has made itself a daemon (a session of its own, and a parent that
is gone) lies below nothing any more.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One process; ids are used again, times of birth are not."""

    pid: int
    born: int
    """Clock ticks since the machine was started."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Seen:
    member: Member
    parent: int


def descendants(pid: int) -> frozenset[Member]:
    """Return all processes below *pid*, without itself.  Blocking."""
    children: dict[int, list[Member]] = {}
    for seen in _all():
        children.setdefault(seen.parent, []).append(seen.member)
    found: dict[int, Member] = {}
    waiting = [pid]
    while waiting:
        for member in children.get(waiting.pop(), ()):
            if member.pid not in found:
                found[member.pid] = member
                waiting.append(member.pid)
    return frozenset(found.values())


def send_to(members: Iterable[Member], number: signal.Signals) -> None:
    """Send a signal to those of *members* that are still there.  Blocking."""
    for member in members:
        seen = _read(str(member.pid))
        if seen is not None and seen.member == member:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(member.pid, number)


def kill(members: Iterable[Member]) -> None:
    """Kill those of *members* that are still there.  Blocking."""
    if sys.platform != "win32":
        send_to(members, signal.SIGKILL)


def _all() -> Iterator[_Seen]:
    try:
        names = os.listdir("/proc")
    except OSError:
        return
    for name in names:
        if name.isdigit() and (seen := _read(name)) is not None:
            yield seen


def _read(name: str) -> _Seen | None:
    try:
        with open(f"/proc/{name}/stat", "rb") as file:
            # The name of the program is in parentheses and may hold anything; see proc(5).
            fields = file.read().rpartition(b")")[2].split()
    except OSError:
        return None
    try:
        return _Seen(member=Member(pid=int(name), born=int(fields[19])), parent=int(fields[1]))
    except (IndexError, ValueError):
        return None
