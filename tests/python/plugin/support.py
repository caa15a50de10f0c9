"""Run pytest on a folder, with ours or with stock, in a forked process, and see what it did."""

from __future__ import annotations

import atexit
import functools
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent

from tests.python.environment import clean_environment

ROOT = Path(__file__).parents[3]
SOURCES = ROOT / "python_server"
LAUNCHER = SOURCES / "pytest_recall" / "launcher.py"
OURS: tuple[str, ...] = ("-p", "pytest_recall.plugin")
EXTRA_PATHS: tuple[str, ...] = ()
"""Folders on the `sys.path` of forked runs, for plugins of the tests' own."""


@dataclass(frozen=True)
class Outcome:
    """What one run did."""

    status: int
    ran: tuple[str, ...] = ()
    """Ids in the order in which they began."""
    selected: tuple[str, ...] = ()
    """Ids that were to run, in order."""
    deselected: tuple[str, ...] = ()
    failed: frozenset[str] = frozenset()
    """Ids with any failed report."""
    collected: tuple[str, ...] = ()
    """Files that were collected without an error, by id."""
    errors: tuple[str, ...] = ()
    """Ids of what could not be collected."""
    output: str = ""

    def line(self, start: str) -> str:
        """Return the first line of the output that begins with *start*, empty if there is none."""
        lines = (line for line in self.output.splitlines() if line.startswith(start))
        return next(lines, "")


@dataclass
class Project:
    """A folder with tests."""

    path: Path
    written: int = field(default=0)

    def __post_init__(self) -> None:
        """Create the folder with an ini file, so that it is its own rootdir."""
        self.path.mkdir(parents=True, exist_ok=True)
        if not (self.path / "pytest.ini").exists():
            (self.path / "pytest.ini").write_text("[pytest]\n", "utf-8")

    def write(self, files: Mapping[str, str]) -> None:
        """Write *files*, each newer than all before it."""
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text), "utf-8")
            self.written += 1
            time = 1_700_000_000 + self.written
            os.utime(path, (time, time))

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink()

    def ours(self, *arguments: str) -> Outcome:
        """Run pytest with ours in stock's place."""
        return run_forked(self.path, (*OURS, *arguments))

    def stock(self, *arguments: str) -> Outcome:
        """Run pytest as it comes."""
        return run_forked(self.path, arguments)

    def process(
        self, *arguments: str, python: str = sys.executable, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run `python *arguments` in a process of its own."""
        return subprocess.run(
            [python, *arguments],
            cwd=self.path,
            env=clean_environment() | environment,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )

    def key(self, name: str) -> object:
        """Return a value of the cache, None if there is none."""
        path = self.path / ".pytest_cache" / "v" / name
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def set_key(self, name: str, value: object) -> None:
        """Write a value of the cache; text is written as it is."""
        path = self.path / ".pytest_cache" / "v" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(value if isinstance(value, str) else json.dumps(value, indent=2), "utf-8")

    def lastfailed(self) -> list[str]:
        """Return the ids in `cache/lastfailed`, in order."""
        value = self.key("cache/lastfailed")
        return list(value) if isinstance(value, dict) else []

    def nodeids(self) -> list[str]:
        """Return the ids in `cache/nodeids`."""
        value = self.key("cache/nodeids")
        return list(value) if isinstance(value, list) else []

    def journals(self) -> list[Path]:
        """Return the journals, oldest first."""
        return sorted((self.path / ".pytest_cache" / "d" / "recall" / "runs").glob("*.jsonl"))


def end_listener(process: subprocess.Popen[str]) -> None:
    """End a process that listens to its input, and wait for it."""
    if process.stdin is not None:
        process.stdin.close()
    process.wait()
    if process.stdout is not None:
        process.stdout.close()


class Zygote:
    """A small process with pytest imported, which forks a child for every run."""

    def __init__(self) -> None:
        """Start it."""
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).parent / "zygote.py"), str(SOURCES)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=clean_environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
            text=True,
        )

    def run(self, project: Path, arguments: Sequence[str], output: Path, result: Path) -> int:
        """Run pytest in *project* and return the child's exit status."""
        stdin, stdout = self._process.stdin, self._process.stdout
        if stdin is None or stdout is None:
            raise RuntimeError("the zygote has no pipes")
        request = [str(project), list(arguments), str(output), str(result), EXTRA_PATHS]
        stdin.write(json.dumps(request) + "\n")
        stdin.flush()
        return int(stdout.readline())

    def end(self) -> None:
        """End it and wait for it."""
        end_listener(self._process)


@functools.cache
def zygote() -> Zygote:
    """Return the zygote of this process, which is started when it is first needed."""
    started = Zygote()
    atexit.register(started.end)
    return started


def run_forked(project: Path, arguments: Sequence[str]) -> Outcome:
    """Run pytest in a forked child, which has everything imported, and return what it did."""
    output = project.parent / f"{project.name}.out"
    result = project.parent / f"{project.name}.json"
    result.unlink(missing_ok=True)
    status = zygote().run(project, arguments, output, result)
    text = output.read_text("utf-8", "replace")
    if status or not result.exists():
        raise AssertionError(f"the run in {project} died ({status}):\n{text}")
    seen = json.loads(result.read_text("utf-8"))
    return Outcome(
        status=seen["status"],
        ran=tuple(seen["ran"]),
        selected=tuple(seen["selected"]),
        deselected=tuple(seen["deselected"]),
        failed=frozenset(seen["failed"]),
        collected=tuple(seen["collected"]),
        errors=tuple(seen["errors"]),
        output=text,
    )


@dataclass(frozen=True)
class Pair:
    """The same files twice: one copy for stock, one for ours."""

    stock: Project
    ours: Project

    @classmethod
    def of(cls, folder: Path) -> Pair:
        """Return two empty projects in *folder*."""
        return cls(Project(folder / "stock"), Project(folder / "ours"))

    def write(self, files: Mapping[str, str]) -> None:
        """Write *files* to both."""
        self.stock.write(files)
        self.ours.write(files)

    def remove(self, name: str) -> None:
        """Remove a file from both."""
        self.stock.remove(name)
        self.ours.remove(name)

    def run(self, *arguments: str) -> tuple[Outcome, Outcome]:
        """Run stock on its copy and ours on ours."""
        return self.stock.stock(*arguments), self.ours.ours(*arguments)

    def process(self, *arguments: str, **environment: str) -> tuple[str, str]:
        """Run both in processes of their own; return what they wrote."""
        paths = {"PYTHONPATH": str(SOURCES)} | environment
        stock = self.stock.process("-m", "pytest", *arguments, **environment)
        ours = self.ours.process("-m", "pytest", *OURS, *arguments, **paths)
        return stock.stdout + stock.stderr, ours.stdout + ours.stderr

    def set_key(self, name: str, value: object) -> None:
        """Write a value to both caches."""
        self.stock.set_key(name, value)
        self.ours.set_key(name, value)

    def lastfailed(self) -> tuple[list[str], list[str]]:
        """Return what each remembers as failed."""
        return self.stock.lastfailed(), self.ours.lastfailed()
