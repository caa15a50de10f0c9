"""A project with a failure, a `pytest-recall-server` on the path, and set-ups out of the docs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

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

Documented = Callable[[str], str]


@pytest.fixture
def documented() -> Documented:
    """Return what finds the block of ``docs/editors.md`` that is marked with a name."""
    page = (REPOSITORY / "docs/editors.md").read_text("utf-8")

    def block(name: str) -> str:
        found = re.search(rf"<!-- tested: {name} -->\s*```\w+\n(.*?)```", page, re.DOTALL)
        assert found, name
        return found[1]

    return block


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
def until_server_is_gone(tmp_path: Path) -> Callable[[], None]:
    """Return what waits until the server, which must have been started, is there no more."""

    def wait() -> None:
        pid = (tmp_path / "pid").read_text().strip()
        end = time.monotonic() + PATIENCE
        while Path("/proc", pid).exists():
            assert time.monotonic() < end, f"the server {pid} is still there"
            time.sleep(0.02)

    return wait
