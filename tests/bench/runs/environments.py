"""The two environments that runs are measured in: pytest alone, and with four plugins."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import venv
from dataclasses import dataclass
from pathlib import Path

PYPROJECT = Path(__file__).resolve().parents[3] / "pyproject.toml"
PLUGINS = ("pytest-xdist", "pytest-asyncio", "pytest-cov", "hypothesis")


@dataclass(frozen=True)
class Environment:
    """A virtual environment."""

    name: str
    folder: Path
    warm_bar: float
    """What a warm run's first result may take, of that of `pytest <ids>`."""

    @property
    def python(self) -> str:
        """Return its interpreter."""
        return str(self._program("python"))

    @property
    def pytest(self) -> str:
        """Return its `pytest`."""
        return str(self._program("pytest"))

    def _program(self, name: str) -> Path:
        return self.folder / (f"Scripts/{name}.exe" if os.name == "nt" else f"bin/{name}")


def environments(work: Path) -> tuple[Environment, Environment]:
    """Make both environments below *work*, if they are not there yet."""
    alone = Environment("pytest alone", work / "alone", 0.35)
    together = Environment("with four plugins", work / "plugins", 0.25)
    _make(alone, pinned("pytest"))
    _make(together, pinned("pytest", *PLUGINS))
    return alone, together


def _make(environment: Environment, wanted: str) -> None:
    stamp = environment.folder / "ready"
    if stamp.exists() and stamp.read_text("utf-8") == wanted:
        return
    shutil.rmtree(environment.folder, ignore_errors=True)
    venv.create(environment.folder, with_pip=True)
    install = [environment.python, "-m", "pip", "install", "-q", *wanted.split()]
    subprocess.run(install, check=True)
    stamp.write_text(wanted, "utf-8")


def pinned(*packages: str) -> str:
    """Return what pip is to install, a line each; it also says that an environment is ready."""
    return "\n".join(map(_pinned, packages))


def _pinned(package: str) -> str:
    """Return *package* with the version that the repository's own tests use."""
    found = re.search(rf'"({re.escape(package)}==[^"]+)"', PYPROJECT.read_text("utf-8"))
    if found is None:
        raise LookupError(f"pyproject.toml pins no version of {package}")
    return found[1]
