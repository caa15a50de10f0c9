"""A plugin of the runs under test: every worker of xdist leaves a file with its process id."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pytest_configure(config: pytest.Config) -> None:
    """Create a file named as this worker's process id in the folder `CHAOS_PIDS`."""
    if hasattr(config, "workerinput"):
        (Path(os.environ["CHAOS_PIDS"]) / str(os.getpid())).touch()
