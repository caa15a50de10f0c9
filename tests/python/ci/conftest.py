"""A project in git, and an environment in which pytest-recall is installed, as far as it shows."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
GOOD, BAD = "    assert True\n", "    assert False\n"
FILES = {
    "pytest.ini": "[pytest]\n",
    ".gitignore": ".pytest_cache/\n__pycache__/\n",
    "tests/test_first.py": f"def test_first():\n{GOOD}",
    "tests/test_last.py": f"def test_last():\n{BAD}",
}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Return an environment with our plugin, and with ``python``, ``pytest`` and ``pip``."""
    programs = tmp_path / "bin"
    programs.mkdir()
    # What it is asked to install is there.
    lines = {
        "python": f'exec {sys.executable} "$@"',
        "pytest": f'exec {sys.executable} -m pytest "$@"',
        "pip": f'echo "$@" >>{tmp_path / "installed"}',
    }
    for name, line in lines.items():
        (programs / name).write_text(f"#!/bin/sh\n{line}\n")
        (programs / name).chmod(0o755)
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTEST", "PYTHON", "GIT_", "COV_"))
    }
    identity = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
    }
    return {
        **kept,
        **identity,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_SYSTEM": os.devnull,
        "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
        "PYTEST_PLUGINS": "pytest_recall.plugin",
        "PYTHONPATH": str(REPOSITORY / "python_server"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class Repository:
    """A clone with a bare repository that it pushes to."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.folder = folder / "clone"
        self.origin = folder / "origin.git"
        self._environment = environment
        self.git("init", "-q", "--bare", "-b", "main", str(self.origin), cwd=folder)
        self.git("init", "-q", "-b", "main", str(self.folder), cwd=folder)
        self.git("remote", "add", "origin", str(self.origin))

    def git(self, *arguments: str, cwd: Path | None = None) -> None:
        """Carry out what must succeed."""
        done = self.try_git(*arguments, cwd=cwd)
        assert done.returncode == 0, done.stdout

    def try_git(self, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Carry out what may fail."""
        return subprocess.run(
            ["git", *arguments],
            cwd=cwd or self.folder,
            env=self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )

    def commit(self, files: dict[str, str]) -> None:
        """Write files and commit them."""
        for name, text in files.items():
            path = self.folder / name
            path.parent.mkdir(exist_ok=True)
            path.write_text(text)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "Change it")


@pytest.fixture
def repository(tmp_path: Path, environment: dict[str, str]) -> Repository:
    """Return a repository with a test that fails, which is yet to be run."""
    made = Repository(tmp_path, environment)
    made.commit(FILES)
    return made
