"""Make a Python environment with plugins of the test's own installed."""

from __future__ import annotations

import sys
import sysconfig
import venv
from collections.abc import Mapping
from pathlib import Path

from tests.python.server.warming import PYTHONS


def make_environment(folder: Path, plugins: Mapping[str, str]) -> str:
    """Return the interpreter of a new environment with pytest and *plugins*: name → source."""
    venv.create(folder, with_pip=False, symlinks=True)
    packages = _packages(folder)
    for one in _packages(Path(PYTHONS["projects"]).parents[1]).iterdir():
        if not one.name.startswith(("pip", "setuptools", "_distutils", "distutils")):
            (packages / one.name).symlink_to(one)
    for name, source in plugins.items():
        (packages / f"{name}.py").write_text(source)
        information = packages / f"{name}-1.0.dist-info"
        information.mkdir()
        (information / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0")
        (information / "entry_points.txt").write_text(f"[pytest11]\n{name} = {name}\n")
        (information / "RECORD").write_text(f"{name}.py,,\n")
    return str(folder / "bin" / "python")


def _packages(folder: Path) -> Path:
    names = {"base": str(folder), "platbase": str(folder)}
    assert sys.prefix
    return Path(sysconfig.get_path("purelib", "venv", names))
