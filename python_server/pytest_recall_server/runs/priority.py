"""Let a run yield to what else its machine is asked for, first of all to the editor itself."""

from __future__ import annotations

import contextlib
import os
import sys

NICENESS = 5
"""A run gets a quarter of a processor for which others ask as well."""


def give_way(group: int) -> None:
    """Let the process group *group*, which is a session of its own, run behind others.

    Where no processor is short this changes nothing.  Linux may schedule by sessions (sched(7),
    "The autogroup feature"); then only the niceness of the session counts.  Does nothing on
    Windows, and where the system does not allow it.
    """
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        if os.getpriority(os.PRIO_PGRP, group) < NICENESS:
            os.setpriority(os.PRIO_PGRP, group, NICENESS)
    with (
        contextlib.suppress(OSError),
        open(f"/proc/{group}/autogroup", "w", encoding="ascii") as autogroup,
    ):
        autogroup.write(str(NICENESS))
