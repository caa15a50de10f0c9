"""Fixtures of the plugin's tests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.python.plugin.support import ROOT, Pair, Project

VERSIONS = ("8.0.2", "8.4.2", "9.2.0")


@pytest.fixture(scope="session", params=VERSIONS)
def old_pytest(request: pytest.FixtureRequest) -> Path:
    """Return a folder with this version of pytest in it."""
    return installed(str(request.param))


def installed(version: str) -> Path:
    """Return a folder with *version* of pytest in it, which is installed the first time."""
    folder = ROOT / "build" / "pytests" / version
    if not (folder / "ready").exists():
        pip = [sys.executable, "-m", "pip", "install", "-q", "--no-warn-conflicts"]
        subprocess.run([*pip, "--target", str(folder), f"pytest=={version}"], check=True)
        (folder / "ready").touch()
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a folder to write tests to and run pytest in, with ours or with stock."""
    return Project(tmp_path / "project")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return the same project twice, one for stock and one for ours."""
    return Pair.of(tmp_path)
