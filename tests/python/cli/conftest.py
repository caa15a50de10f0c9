"""Fixtures of the command line's tests."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.python.cli.installed import Environment, build_packages, make_environment
from tests.python.cli.support import Commands
from tests.python.plugin.support import ROOT, Project


@pytest.fixture(scope="session")
def packages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Return wheel and sdist, as they are published."""
    return build_packages(ROOT, tmp_path_factory.mktemp("packages").resolve())


@pytest.fixture(scope="session")
def environment(
    packages: tuple[Path, Path], tmp_path_factory: pytest.TempPathFactory
) -> Environment:
    """Return an environment with the wheel and pytest."""
    wheel, _ = packages
    return make_environment(tmp_path_factory.mktemp("installed").resolve(), wheel)


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
