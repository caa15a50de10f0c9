"""The two that take turns, stock pytest and ours, and how a run of either is started."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.python.environment import clean_environment
from tests.python.plugin import support

PLUGINS = Path(__file__).parent / "plugins"
LIMIT = 120.0
"""Seconds after which a run counts as hung."""


@dataclass(frozen=True)
class Side:
    """One of the two."""

    name: str
    arguments: tuple[str, ...]


STOCK = Side("stock", ())
OURS = Side("ours", ("-p", "pytest_recall.plugin"))


def planted(fault: str) -> Side:
    """Return ours with the *fault* of `plugins/planted_<fault>.py` in it."""
    return replace(OURS, arguments=(*OURS.arguments, "-p", f"planted_{fault}"))


@dataclass(frozen=True)
class Project:
    """A folder with tests, for one side alone."""

    path: Path
    side: Side

    @property
    def cachedir(self) -> Path:
        """Its cache directory."""
        return self.path / ".pytest_cache"

    @property
    def words(self) -> Path:
        """Where the oracle writes; beside the project, not in it."""
        return self.path.with_name(f"{self.path.name}.words")

    def value(self, key: str) -> object:
        """Return a value of the cache; raises ValueError if it is torn, None if it is absent."""
        path = self.cachedir / "v" / key
        return json.loads(path.read_text("utf-8")) if path.exists() else None

    def ids(self, key: str) -> frozenset[str]:
        """Return the ids a value of the cache holds, none if it is torn."""
        try:
            value = self.value(key)
        except (ValueError, OSError):
            return frozenset()
        if isinstance(value, dict) and isinstance(value.get("ids"), list):
            value = value["ids"]
        return frozenset(map(str, value)) if isinstance(value, (dict, list)) else frozenset()

    def lastfailed(self) -> frozenset[str]:
        """Return the known failures."""
        return self.ids("cache/lastfailed")

    def unfinished(self) -> frozenset[str]:
        """Return the tests that are known as unfinished."""
        return self.ids("recall/unfinished")

    def start(self, *arguments: str, **environment: str) -> subprocess.Popen[str]:
        """Start a run in a process group of its own; its output is a pipe."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=self.path,
            env=self.environment() | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            errors="replace",
            start_new_session=True,
        )

    def command(self, *arguments: str) -> list[str]:
        """Return the command of a run."""
        oracle = ("-p", "chaos_oracle")
        return [sys.executable, "-m", "pytest", "-q", *oracle, *self.side.arguments, *arguments]

    def environment(self) -> dict[str, str]:
        """Return the environment of a run, the same for both sides."""
        paths = os.pathsep.join(map(str, (support.SOURCES, PLUGINS)))
        return clean_environment() | {
            "PYTHONPATH": paths,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "CHAOS_WORDS": str(self.words),
        }

    def run(self, *arguments: str, **environment: str) -> tuple[int, str]:
        """Run pytest to its end; return exit status and output."""
        process = self.start(*arguments, **environment)
        output, _ = process.communicate(timeout=LIMIT)
        return process.returncode, output

    def wait_for(self, process: subprocess.Popen[str], word: str, times: int) -> None:
        """Wait until the run of *process* has told *word* so often, or is over."""
        told = f'"word": "{word}"'.encode()
        deadline = time.monotonic() + LIMIT
        while process.poll() is None and time.monotonic() < deadline:
            if self.words.exists() and self.words.read_bytes().count(told) >= times:
                return
            time.sleep(0.003)

    def forked(self, *arguments: str) -> Seen:
        """Run pytest in a forked process that has everything imported."""
        return _forked(self.path, (*self.side.arguments, *arguments))

    def reset(self, pristine: Path) -> None:
        """Put the cache directory back to what *pristine* holds, and forget what was told."""
        clear(self.cachedir)
        if pristine.exists():
            shutil.copytree(pristine, self.cachedir, symlinks=True)
        self.words.unlink(missing_ok=True)


def clear(path: Path) -> None:
    """Remove a file or folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


@dataclass(frozen=True)
class Seen:
    """What a forked run did."""

    status: int
    selected: tuple[str, ...]
    failed: frozenset[str]
    output: str


_idle: list[support.Zygote] = []
"""Processes to fork from that nobody is using; lanes take one each."""


def _forked(path: Path, arguments: Sequence[str]) -> Seen:
    output, result = (path.with_name(f"{path.name}.{kind}") for kind in ("out", "json"))
    result.unlink(missing_ok=True)
    zygote = _idle.pop() if _idle else support.Zygote()
    died = zygote.run(path, arguments, output, result)
    _idle.append(zygote)
    text = output.read_text("utf-8", "replace")
    if died or not result.exists():
        return Seen(-abs(died) or -1, (), frozenset(), text)
    seen = json.loads(result.read_text("utf-8"))
    return Seen(seen["status"], tuple(seen["selected"]), frozenset(seen["failed"]), text)


def end_forking() -> None:
    """End the processes that runs are forked from."""
    while _idle:
        _idle.pop().end()
