"""Which Python runs pytest where the client names none."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace

from pytest_recall_server.runs.command import Runner

_VENVS = (".venv", "venv")
_NAMES = ("python3", "python")
_TIMEOUT = 10.0
# pytest is looked up, not imported: its import takes longer than all the rest.
_QUESTION = "import importlib.metadata; importlib.metadata.version('pytest')"


def with_interpreter(runner: Runner, environment: Mapping[str, str]) -> Runner:
    """Return *runner* with the interpreter that it is to look for, if there is one.  Blocking.

    A virtual environment in one of its places counts, else that of ``$VIRTUAL_ENV``: these are
    never passed over in silence, also without pytest.  Else it is the first of ``python3`` and
    ``python`` on the path, and the Python of this server, that has pytest.
    Of a workspace that is not trusted nothing is looked for: what is found is started.
    """
    if runner.places is None or runner.interpreter is not None or not runner.trusted:
        return runner
    meant = next(_meant(runner.places, environment), None)
    return replace(runner, interpreter=meant or _common(environment))


def _meant(places: tuple[str, ...], environment: Mapping[str, str]) -> Iterator[str]:
    folders = [os.path.join(place, name) for place in places for name in _VENVS]
    for folder in (*folders, environment.get("VIRTUAL_ENV", "")):
        python = _python_of(folder)
        if folder and os.path.isfile(python):
            yield python


def _python_of(venv: str) -> str:
    way = ("Scripts", "python.exe") if sys.platform == "win32" else ("bin", "python")
    return os.path.join(venv, *way)


def _common(environment: Mapping[str, str]) -> str | None:
    path = environment.get("PATH")
    on_path = (shutil.which(name, path=path) for name in _NAMES)
    candidates = [each for each in (*on_path, sys.executable) if each]
    return next(filter(_has_pytest, candidates), next(iter(candidates), None))


def _has_pytest(python: str) -> bool:
    # In the home folder: some launchers choose a Python by the folder they are called in.
    try:
        asked = subprocess.run(
            [python, "-I", "-c", _QUESTION],
            cwd=os.path.expanduser("~"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return asked.returncode == 0
