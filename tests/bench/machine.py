"""What the figures were measured on: no host, no path, but all that a reader has to know."""

from __future__ import annotations

import datetime as dt
import os
import platform
from importlib import metadata
from pathlib import Path


def about(command: str, versions: dict[str, str] | None = None) -> dict[str, object]:
    """Return the machine, the day, *command*, and versions: ours, pytest's and other *versions*."""
    return {
        "command": command,
        "date": dt.datetime.now(dt.timezone.utc).date().isoformat(),
        "system": f"{platform.system()} {platform.machine()}",
        "processor": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "versions": {
            "pytest": metadata.version("pytest"),
            "pytest-recall": _our_version(),
            **(versions or {}),
        },
    }


def _our_version() -> str:
    # The sources are measured, which need not be installed.
    text = (Path(__file__).parents[2] / "pyproject.toml").read_text("utf-8")
    line = next(line for line in text.splitlines() if line.startswith("version = "))
    return line.partition('"')[2].rstrip('"')


def _processor() -> str:
    """Return the processor's name, as far as the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), "")
