"""The built wheel in a fresh virtual environment, with pytest and nothing else."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.python.plugin.conftest import installed
from tests.python.plugin.support import ROOT, clean_environment

EXTRA = ("attr", "attrs", "cattrs", "exceptiongroup", "lsprotocol", "pygls", "typing_extensions.py")
"""What the extra `server` brings."""

DRIVER = """
import contextlib, io, json, sys
from pytest_recall.__main__ import main
STARTED = []
sys.addaudithook(lambda event, _: STARTED.append(event) if event in {
    "subprocess.Popen", "os.fork", "os.exec", "os.posix_spawn", "os.system"} else None)
LIBRARIES = {"pytest", "_pytest", "pluggy", "attr", "pygls"}
answers = []
for arguments in json.load(sys.stdin):
    before = LIBRARIES.intersection(sys.modules)
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        try:
            status = main(arguments)
        except SystemExit as exit:
            status = exit.code
    answers.append([status, output.getvalue()])
    loaded = sorted(LIBRARIES.intersection(sys.modules) - before)
    if arguments[0] != "doctor":
        assert not loaded and not STARTED, (arguments, loaded, STARTED)
json.dump(answers, sys.stdout)
"""
"""Runs many commands in one process, which starts no other and imports no pytest."""


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    folder: Path

    @property
    def python(self) -> Path:
        """The interpreter."""
        return self.script("python")

    def script(self, name: str) -> Path:
        """Return a program of it."""
        names = {"base": str(self.folder), "platbase": str(self.folder)}
        return Path(sysconfig.get_path("scripts", "venv", names), name)

    def run(
        self, *command: str | Path, cwd: Path, text: str | None = None, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        """Run a program and return what it did."""
        return subprocess.run(
            list(map(str, command)),
            cwd=cwd,
            env=clean_environment() | variables,
            input=text,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def commands(self, folder: Path, asked: Sequence[Sequence[str]]) -> list[tuple[int, str]]:
        """Run commands of `pytest-recall` in *folder*; return statuses and what they printed."""
        done = self.run(self.python, "-c", DRIVER, cwd=folder, text=json.dumps(asked))
        if done.returncode:
            raise AssertionError(done.stderr)
        return [(status, output) for status, output in json.loads(done.stdout)]


def make_environment(folder: Path) -> Environment:
    """Make it in *folder*."""
    wheel = _wheel(folder)
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    made = Environment(folder / "venv")
    pip = (sys.executable, "-m", "pip", "--python", str(made.python), "install", "-q")
    subprocess.run([*pip, "--no-deps", "--no-index", str(wheel)], check=True)
    _add(made, "pytest", installed("9.2.0"))
    return made


def add_extra(made: Environment) -> None:
    """Add what the extra `server` brings, from the environment of these tests."""
    folder = made.folder.parent / "extra"
    folder.mkdir()
    for name in EXTRA:
        path = Path(sysconfig.get_path("purelib")) / name
        if path.exists():
            (folder / name).symlink_to(path)
    for path in Path(sysconfig.get_path("purelib")).glob("*.dist-info"):
        if path.name.startswith(("attrs-", "cattrs-", "lsprotocol-", "pygls-")):
            (folder / path.name).symlink_to(path)
    _add(made, "extra", folder)


def _add(made: Environment, name: str, folder: Path) -> None:
    names = {"base": str(made.folder), "platbase": str(made.folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", names))
    (packages / f"{name}.pth").write_text(f"{folder}{os.linesep}", "utf-8")


def _wheel(folder: Path) -> Path:
    """Build the wheel from a copy: building leaves files beside the sources."""
    sources = folder / "sources"
    sources.mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, sources / name)
    ignored = shutil.ignore_patterns("__pycache__", "*.egg-info")
    shutil.copytree(ROOT / "python_server", sources / "python_server", ignore=ignored)
    build = (sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder))
    subprocess.run([*build, str(sources)], check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    return wheel
