"""Run a command and print what it took: exit status, seconds of wall and CPU time, peak in KiB.

A process of its own, and a small one: the peak of a process begins with that of the one it was
started from.
"""

from __future__ import annotations

import os
import sys
import time

begin = time.perf_counter()
nothing = os.open(os.devnull, os.O_RDWR)
pid = os.posix_spawn(
    sys.argv[1],
    sys.argv[1:],
    os.environ,
    file_actions=[(os.POSIX_SPAWN_DUP2, nothing, number) for number in range(3)],
)
_pid, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - begin
sys.stdout.write(
    f"{os.waitstatus_to_exitcode(status)} {wall} {usage.ru_utime + usage.ru_stime}"
    f" {usage.ru_maxrss}\n"
)
