"""Ask whether a process is there; the plugin and the server both do."""

from __future__ import annotations

import os
import sys


def is_running(pid: int) -> bool:
    """Tell whether there is a process *pid*; where that cannot be told, there is."""
    if sys.platform == "win32":
        # There, signal 0 would end it.
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        return True
    return True
