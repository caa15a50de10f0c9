"""How much memory this process has."""

from __future__ import annotations

import os
import sys

if sys.platform != "win32":
    import resource


def resident_bytes() -> int | None:
    """Return the resident size, where only its peak is known that, or None where neither is."""
    try:
        with open("/proc/self/statm", encoding="ascii") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError, IndexError):
        pass
    if sys.platform == "win32":
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024
