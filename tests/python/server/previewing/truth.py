"""What runs of pytest really do, several of one project at once."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.python.environment import clean_environment
from tests.python.plugin.support import SOURCES, Outcome, end_listener
from tests.python.server.support import REPOSITORY

_SPARE = (
    *("debugging", "junitxml", "legacypath", "logging", "monkeypatch", "pastebin", "recwarn"),
    *("setuponly", "warnings"),
    *("setupplan", "subtests", "threadexception", "tmpdir", "unraisableexception"),
)
_PLAIN = ("--tb=no", "--assert=plain", "-s", *(w for name in _SPARE for w in ("-p", f"no:{name}")))
"""Leave out what has no part in this, for speed."""
QUICK = (*_PLAIN, "-o", "recall_journal=no")


class Runner:
    """A process with pytest imported, which forks a child for every project."""

    def __init__(self) -> None:
        """Start it."""
        path = f"{REPOSITORY}:{SOURCES}"
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "runner.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={
                **clean_environment(),
                "PYTHONPATH": path,
                "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
                # For `-p` pytest looks through all that is installed, in every run.
                "PYTEST_PLUGINS": "pytest_recall.plugin",
            },
            text=True,
        )

    def run(
        self,
        project: Path,
        cache: str,
        values: Path,
        runs: Sequence[Sequence[str]],
        *,
        apart: bool = False,
    ) -> list[Outcome]:
        """Return what runs with the arguments *runs* do, each with *values* in its *cache*.

        *apart*: each in a process of its own, which imports everything anew.
        """
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the runner has no pipes")
        arguments = [[*QUICK, *each] for each in runs]
        stdin.write(json.dumps([str(project), cache, str(values), arguments, apart]) + "\n")
        stdin.flush()
        return [_outcome(seen) for seen in json.loads(stdout.readline())]

    def end(self) -> None:
        """End it and wait for it."""
        end_listener(self._process)


def _outcome(seen: dict[str, object]) -> Outcome:
    def ids(name: str) -> tuple[str, ...]:
        found = seen[name]
        assert isinstance(found, list)
        return tuple(map(str, found))

    return Outcome(
        status=int(str(seen["status"])),
        ran=ids("ran"),
        selected=ids("selected"),
        deselected=ids("deselected"),
        failed=frozenset(ids("failed")),
        collected=ids("collected"),
        errors=ids("errors"),
        output=str(seen["output"]),
    )


@functools.cache
def runner() -> Runner:
    """Return the runner of this process, which is started when it is first needed."""
    started = Runner()
    atexit.register(started.end)
    return started
