"""The four trees of tests that are measured."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

NUMPY = "numpy==2.3.4"
# What numpy's own conftest imports.
NUMPY_NEEDS = ("pytest==9.2.0", "hypothesis==6.168.5")


@dataclass(frozen=True)
class Suite:
    """A folder with tests, and the Python that collects them."""

    name: str
    folder: Path
    python: str = sys.executable


def small_files(work: Path, scale: int) -> Suite:
    """10,000 tests in 1,000 files."""
    folder = _new(work / "files")
    body = "".join(f"def test_{number}():\n    assert True\n\n\n" for number in range(10))
    for number in range(1000 // scale):
        _write(folder / f"pkg_{number % 20:02}" / f"test_{number:04}.py", body)
    return Suite("1,000 files x 10 tests", folder)


def many_classes(work: Path, scale: int) -> Suite:
    """10,000 tests in 2,000 classes."""
    folder = _new(work / "classes")
    method = "".join(f"    def test_{number}(self):\n        pass\n\n" for number in range(5))
    body = "".join(f"class Test{number}:\n{method}\n" for number in range(10))
    for number in range(200 // scale):
        _write(folder / f"pkg_{number % 20:02}" / f"test_{number:03}.py", body)
    return Suite("10,000 tests in 2,000 classes", folder)


def parametrised(work: Path, scale: int) -> Suite:
    """100,000 tests of 100 functions."""
    folder = _new(work / "parametrised")
    mark = f"@pytest.mark.parametrize('n', range({1000 // scale}))\n"
    functions = "".join(f"\n\n{mark}def test_{number}(n):\n    pass\n" for number in range(10))
    for number in range(10):
        _write(folder / f"test_{number}.py", "import pytest\n" + functions)
    return Suite("100,000 parametrised tests", folder)


def numpy_wheel(work: Path, scale: int) -> Suite:
    """Install the tests inside the numpy wheel, which *scale* does not change."""
    del scale
    home = work / "numpy-venv"
    python = home / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if not (home / "ready").exists():
        shutil.rmtree(home, ignore_errors=True)
        venv.create(home, with_pip=True)
        install = [str(python), "-m", "pip", "install", "-q", NUMPY, *NUMPY_NEEDS]
        subprocess.run(install, check=True)
        (home / "ready").touch()
    where = "import numpy, os; print(os.path.dirname(numpy.__file__))"
    done = subprocess.run([str(python), "-c", where], check=True, capture_output=True, text=True)
    folder = Path(done.stdout.strip())
    # Without it the rootdir would be sought above, up to this repository's own.
    _write(folder / "pytest.ini", "[pytest]\n")
    return Suite("the tests inside numpy's wheel", folder, str(python))


SUITES = (small_files, many_classes, parametrised, numpy_wheel)


def _new(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    _write(folder / "pytest.ini", "[pytest]\n")
    return folder


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")
