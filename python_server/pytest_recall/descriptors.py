"""Descriptors that stay open while tests run: where they are, which file they are of, its lock."""

from __future__ import annotations

import os
import sys
import time

from pytest_recall import store

HIGH = (1000, 200)
"""Numbers from which on a descriptor is out of the way, the second one for low limits."""


def out_of_the_way(descriptor: int) -> int:
    """Return *descriptor* under a high number, if there can be one.

    A new file gets the lowest number that is free. So a test's files have the numbers they would
    have without us, and none of them takes our number should a test close what it has not opened.
    """
    if sys.platform == "win32":
        return descriptor
    import fcntl

    for lowest in HIGH:
        try:
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, lowest)
        except OSError:
            continue
        os.close(descriptor)
        return high
    return descriptor


def identity_of(status: os.stat_result) -> tuple[int, int]:
    """Return what tells a file from all others, whatever their names."""
    return status.st_dev, status.st_ino


PATIENCE = 1.0
"""Seconds to wait for the lock of a journal, which others hold for an instant to look at it."""


def take_lock(descriptor: int) -> None:
    """Take the lock of the open journal *descriptor*, waiting a while for whoever has it.

    Not for ever: a process that a test has started may have it, through a copy of the descriptor.
    """
    step = 0.002
    for _attempt in range(int(PATIENCE / step)):
        if store.try_lock(descriptor):
            break
        time.sleep(step)
