"""Fixtures of the plugin's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.python.plugin.support import Pair, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Return a folder to write tests to and run pytest in, with ours or with stock."""
    return Project(tmp_path / "project")


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    """Return the same project twice, one for stock and one for ours."""
    return Pair.of(tmp_path)
