"""How much CPU processes have used (Linux only)."""

from __future__ import annotations

import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


def own_of(pid: int) -> float:
    """Return the seconds of CPU that *pid* has used itself."""
    return sum(_times(pid)[:2])


def children_of(pid: int) -> float:
    """Return the seconds that all processes below *pid* have used, with those that are over."""
    living = _children(pid)
    return sum(_times(pid)[2:]) + sum(sum(_times(each)[:2]) + children_of(each) for each in living)


def _times(pid: int) -> list[float]:
    """Return user and system seconds, and the same of children that have ended."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return [0.0] * 4
    # The name before the parenthesis may hold anything.
    fields = text.rpartition(")")[2].split()
    return [int(each) / _TICKS for each in fields[11:15]]


def _children(pid: int) -> list[int]:
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(each) for task in tasks for each in (task / "children").read_text().split()]
    except OSError:
        return []
