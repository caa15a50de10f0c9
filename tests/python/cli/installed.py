"""The built wheel, or the sdist, in a fresh virtual environment, with pytest and nothing else."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.python.environment import clean_environment
from tests.python.plugin.conftest import installed

EXTRA = ("attr", "attrs", "cattrs", "exceptiongroup", "lsprotocol", "pygls", "typing_extensions.py")
"""What the extra `server` brings."""

BUILD = ("setuptools", "_distutils_hack")
"""What builds a wheel of the sdist."""

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


def make_environment(folder: Path, package: Path) -> Environment:
    """Make it in *folder*, of the wheel or the sdist."""
    venv.create(folder / "venv", with_pip=False, symlinks=True)
    made = Environment(folder / "venv")
    if package.suffix != ".whl":
        _link(made, "build", BUILD)
    pip = (sys.executable, "-m", "pip", "--python", str(made.python), "install", "-q")
    alone = ("--no-deps", "--no-index", "--no-build-isolation")
    subprocess.run([*pip, *alone, str(package)], check=True)
    _add(made, "pytest", installed("9.2.0"))
    return made


def add_extra(made: Environment) -> None:
    """Add what the extra `server` brings, from the environment of these tests."""
    _link(made, "extra", EXTRA)


def _link(made: Environment, title: str, names: Sequence[str]) -> None:
    """Add modules and what tells of them, from the environment of these tests."""
    folder = made.folder.parent / title
    folder.mkdir()
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        name = path.name.split("-")[0] if path.name.endswith(".dist-info") else path.name
        if name in names:
            (folder / path.name).symlink_to(path)
    _add(made, title, folder)


def _add(made: Environment, name: str, folder: Path) -> None:
    names = {"base": str(made.folder), "platbase": str(made.folder)}
    packages = Path(sysconfig.get_path("purelib", "venv", names))
    (packages / f"{name}.pth").write_text(f"{folder}{os.linesep}", "utf-8")


def build_packages(checkout: Path, folder: Path, **variables: str) -> tuple[Path, Path]:
    """Build wheel and sdist of *checkout* into *folder* and return both."""
    script = checkout / "extension" / "scripts" / "package_python.py"
    command = [sys.executable, str(script), str(folder)]
    subprocess.run(command, check=True, capture_output=True, env=clean_environment() | variables)
    (wheel,) = folder.glob("*.whl")
    (sdist,) = folder.glob("*.tar.gz")
    return wheel, sdist
