"""Which versions of pytest are supported; the launcher asks before any plugin is loaded."""

from __future__ import annotations

OLDEST = (8, 0)
NEWEST = (10, 0)
SUPPORTED = "pytest 8.0 or newer, but older than 10"


def is_supported(version: tuple[int | str, ...]) -> bool:
    """Tell whether the pytest of *version* is one whose behaviour ours equals."""
    return OLDEST <= tuple(int(part) for part in version[:2]) < NEWEST
