"""A project with a failure, a `pytest-recall-server` on the path, and set-ups out of the docs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.documented import example

REPOSITORY = Path(__file__).resolve().parents[2]
SERVER = REPOSITORY / "python_server"
# The emoji is one letter, two units of UTF-16 and four bytes of UTF-8.
TESTS = """\
from prices import total


def test_total():
    name = "prices"
    assert "😀" and total([2, 3]) == 5, name


def test_empty():
    assert total([]) == 1
"""
PRICES = """\
def total(items):
    return sum(items) + 1
"""

PATIENCE = 60.0
"""Seconds to wait for anything."""

Json = dict[str, Any]
RunEditor = Callable[[Sequence[str], str], Json]
"""Takes a command line and the name of an example."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment with the server on the path; it writes its process id."""
    server = tmp_path / "bin/pytest-recall-server"
    server.parent.mkdir()
    start = f"exec {sys.executable} -I -X utf8 {SERVER / 'start_server.py'}"
    server.write_text(f"#!/bin/sh\necho $$ >{tmp_path / 'pid'}\n{start} 2>>{tmp_path / 'log'}\n")
    server.chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHON", "VIRTUAL_ENV"))
    }
    home = tmp_path / "home"
    home.mkdir()
    path = f"{server.parent}{os.pathsep}{os.environ['PATH']}"
    return {**kept, "PATH": path, "HOME": str(home), "XDG_STATE_HOME": str(home)}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project with a virtual environment, and failures that a run has found."""
    root = tmp_path / "project"
    root.mkdir()
    (root / "pytest.ini").write_text("[pytest]\n")
    (root / "prices.py").write_text(PRICES)
    (root / "test_prices.py").write_text(TESTS, "utf-8")
    (root / ".venv").symlink_to(sys.prefix)
    launcher = SERVER / "pytest_recall/launcher.py"
    ran = subprocess.run(
        [sys.executable, launcher, "--", "-q"], cwd=root, capture_output=True, check=False
    )
    assert ran.returncode == 1, ran.stdout
    return root


@pytest.fixture
def editor(project: Path, environment: dict[str, str], tmp_path: Path) -> RunEditor:
    """Return what runs an editor with an example as its set-up, and gives what it has seen.

    The server has to be gone with it.
    """

    def run(command: Sequence[str], name: str) -> Json:
        config, result, log = (tmp_path / each for each in ("config", "seen.json", "log"))
        config.write_text(example("editors.md", name))
        # It waits for each thing by itself, and says for which in vain.
        ended = subprocess.run(
            command,
            cwd=project,
            env={**environment, "CONFIG": str(config), "SEEN": str(result)},
            capture_output=True,
            text=True,
            timeout=5 * PATIENCE,
            check=False,
        )
        assert result.exists(), (ended, log.read_text() if log.exists() else "no log")
        seen: Json = json.loads(result.read_text("utf-8"))
        assert "problem" not in seen, (seen["problem"], ended, log.read_text())
        _wait_until_gone((tmp_path / "pid").read_text().strip())
        return seen

    return run


def _wait_until_gone(pid: str) -> None:
    end = time.monotonic() + PATIENCE
    while Path("/proc", pid).exists():
        assert time.monotonic() < end, f"the server {pid} is still there"
        time.sleep(0.02)
