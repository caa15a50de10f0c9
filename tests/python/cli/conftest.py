"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.python.cli.support import Commands
from tests.python.plugin.support import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a folder to write tests to and run pytest in."""
    return Project(tmp_path.resolve() / "project")


@pytest.fixture
def recall(
    project: Project, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Commands:
    """Return what runs commands in the project."""
    return Commands(project, capsys, monkeypatch)
