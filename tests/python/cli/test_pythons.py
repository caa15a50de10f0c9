"""The wheel on every other Python that is supported and that is found on this machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python.cli.installed import Environment
from tests.python.plugin.support import ROOT, Project

SUPPORTED = ("3.10", "3.11", "3.12", "3.13", "3.14")
OWN = "{}.{}".format(*sys.version_info)
"""All other tests run on this one."""


def candidates(version: str) -> Iterator[str]:
    """Yield programs that may be that Python: on the path, or where pyenv keeps them."""
    found = shutil.which(f"python{version}")
    if found is not None:
        yield found
    home = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for folder in sorted(home.glob(f"versions/{version}.*")):
        yield str(folder / "bin" / f"python{version}")


def find(version: str) -> str | None:
    """Return a program that is that Python; what pyenv puts on the path may be none."""
    tell = "import sys; print('{}.{}'.format(*sys.version_info))"
    for program in candidates(version):
        done = subprocess.run([program, "-c", tell], capture_output=True, text=True, check=False)
        if done.stdout.strip() == version:
            return program
    return None


@pytest.mark.parametrize("version", [each for each in SUPPORTED if each != OWN])
def test_the_wheel_remembers_and_serves_on(
    version: str, packages: tuple[Path, Path], tmp_path: Path
) -> None:
    program = find(version)
    if program is None:
        pytest.skip(f"there is no Python {version} here")
    made = make_environment(program, packages[0], tmp_path.resolve())
    project = Project(tmp_path.resolve() / "project")
    project.write({"test_one.py": "def test_a():\n    assert 0\n\ndef test_b():\n    pass\n"})

    first = made.run(made.python, "-m", "pytest", "-q", cwd=project.path)
    failed = made.run(made.script("pytest-recall"), "failed", cwd=project.path)
    again = made.run(made.python, "-m", "pytest", "-q", "--lf", cwd=project.path)
    served = made.run(
        made.script("pytest-recall-server"), cwd=project.path, text=initialize_and_exit()
    )

    assert "1 failed, 1 passed" in first.stdout, first
    assert failed.stdout == "test_one.py::test_a\n", failed
    assert "1 failed" in again.stdout, again
    assert "passed" not in again.stdout
    assert served.returncode == 0, served
    assert '"name": "pytest-recall"' in served.stdout.replace('":"', '": "')


def make_environment(program: str, wheel: Path, folder: Path) -> Environment:
    """Make an environment of *program* with the wheel, pytest, and what the server needs."""
    subprocess.run([program, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    made = Environment(folder / "venv")
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(made.python),
        "install",
        "-q",
        "--no-compile",
    ]
    group = f"{ROOT / 'pyproject.toml'}:bundled"
    subprocess.run([*pip, str(wheel), "pytest==9.2.0", "--group", group], check=True)
    return made


def initialize_and_exit() -> str:
    """Return the messages of a client that starts the server and ends it."""
    messages: list[dict[str, object]] = [
        {"id": 1, "method": "initialize", "params": {"processId": None, "capabilities": {}}},
        {"method": "initialized", "params": {}},
        {"id": 2, "method": "shutdown"},
        {"method": "exit"},
    ]
    bodies = [json.dumps({"jsonrpc": "2.0", **message}) for message in messages]
    return "".join(f"Content-Length: {len(body)}\r\n\r\n{body}" for body in bodies)
