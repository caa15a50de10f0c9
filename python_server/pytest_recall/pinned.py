"""What is needed while a test may have it patched, bound before any test begins.

Tests replace clocks, `json.dumps` and `os.write`, for themselves or for a whole module, and what a
run says of itself must not change with them. Attributes of a class are out of the way of libraries
that replace the clock in every module they find it in.
"""

from __future__ import annotations

import json
import os
import time


class Pinned:
    """Functions as they were when pytest was configured."""

    now = staticmethod(time.time)
    """Seconds since the epoch."""
    write = staticmethod(os.write)
    to_json = staticmethod(json.JSONEncoder(separators=(",", ":")).encode)
