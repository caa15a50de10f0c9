"""Take turns: all contenders one after the other, again and again, so that all meet one machine."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[2] / "python_server"
INSIDE = Path(__file__).parent / "inside"
"""What runs inside the processes that are measured, or around them."""
OURS = ("-p", "pytest_recall.plugin")
NEITHER = ("-p", "no:cacheprovider")
"""It blocks the stepwise plugin, too, which needs the other."""

Figures = dict[str, float]
"""What one turn took, by name."""
Samples = dict[str, list[Figures]]
"""The turns of each contender, without the warm-up."""


@dataclass(frozen=True)
class Pytest:
    """One way of calling pytest in a project, of our own Python."""

    project: Path
    arguments: tuple[str, ...]
    before: Callable[[], object] = lambda: None
    """What puts the project back to where all contenders start."""
    environment: Mapping[str, str] | None = None

    def __call__(self) -> Figures:
        """Run it; return seconds of ``wall`` and ``cpu`` (with its children), ``peak`` in MiB."""
        self.before()
        command = [sys.executable, "-m", "pytest", "-q", *self.arguments]
        done = subprocess.run(
            [sys.executable, "-I", "-S", str(INSIDE / "spawned.py"), *command],
            cwd=self.project,
            env={**plain_environment(), **(self.environment or {})},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        status, wall, cpu, peak = map(float, done.stdout.split())
        # A pytest that did not work at all would be the quickest.
        if status not in {0, 1}:
            raise RuntimeError(f"{' '.join(command)} ended with {status:.0f}")
        return {"wall": wall, "cpu": cpu, "peak": peak / 1024}


def plain_environment() -> dict[str, str]:
    """Return an environment without the plugins that happen to be there, and with warm bytecode."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(SOURCES),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    # Bytecode is warm for whoever runs tests twice, and so it is here.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.pop("PYTEST_ADDOPTS", None)
    return environment


@dataclass(frozen=True)
class Turns:
    """How often each contender has its turn."""

    rounds: int
    minutes: float = math.inf
    """After so many no further round begins."""
    warm_up: int = 1
    """How many rounds come before those that count."""

    def take(self, contenders: Mapping[str, Callable[[], Figures]]) -> Samples:
        """Let all *contenders* have their turns, at least one of them that counts."""
        samples: Samples = {name: [] for name in contenders}
        begin = time.monotonic()
        for number in range(self.warm_up + self.rounds):
            if number > self.warm_up and time.monotonic() - begin > self.minutes * 60:
                break
            for name, contender in contenders.items():
                figures = contender()
                if number >= self.warm_up:
                    samples[name].append(figures)
        return samples
