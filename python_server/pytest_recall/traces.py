"""What an import may leave in a process for a test to see, besides modules."""

# ruff: noqa: PTH112, PTH208 # pathlib would be imported

from __future__ import annotations

import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any


class Arguments(list[str]):
    """Arguments that note whether anybody has looked at more than the first."""

    read = False

    def __getitem__(self, index: Any) -> Any:  # noqa: ANN401 - as of any list
        """Note it."""
        if index != 0:
            self.read = True
        return super().__getitem__(index)

    def __iter__(self) -> Iterator[str]:
        """Note it."""
        self.read = True
        return super().__iter__()

    def __contains__(self, value: object) -> bool:
        """Note it."""
        self.read = True
        return super().__contains__(value)

    def __len__(self) -> int:
        """Note it."""
        self.read = True
        return super().__len__()


def _descriptors() -> list[str]:
    folder = "/proc/self/fd" if os.path.isdir("/proc/self/fd") else "/dev/fd"
    return sorted(os.listdir(folder))


def _umask() -> int:
    now = os.umask(0o077)
    os.umask(now)
    return now


def _threads() -> int:
    # A thread that an extension has started is none of Python's.
    if os.path.isdir("/proc/self/task"):
        return len(os.listdir("/proc/self/task"))
    return threading.active_count()


def _has_children() -> bool:
    try:
        os.waitpid(-1, os.WNOHANG)
    except ChildProcessError:
        return False
    return True


PATH = "has changed sys.path"
FILTERS = "has changed warning filters"
TRACES: dict[str, Callable[[], object]] = {
    "has started a thread": _threads,
    "has started a process": _has_children,
    "has changed environment variables": lambda: dict(os.environ),
    "has changed the handling of signals": lambda: [
        signal.getsignal(each) for each in sorted(signal.valid_signals())
    ],
    "has changed the working directory": os.getcwd,
    "has changed the umask": _umask,
    "has left files open": _descriptors,
    PATH: lambda: list(sys.path),
    FILTERS: lambda: list(warnings.filters),
    "has replaced a standard stream": lambda: [
        id(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)
    ],
    "has set a hook of the interpreter": lambda: [
        sys.gettrace(), sys.getprofile(), sys.excepthook, sys.displayhook, sys.breakpointhook
    ],
    "has changed limits": lambda: [sys.getrecursionlimit(), sys.getswitchinterval()],
}  # fmt: skip
