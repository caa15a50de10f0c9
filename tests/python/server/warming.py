"""Start runs as the server does, without a server around: plain, cold and warm."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from tests.python.environment import clean_environment
from tests.python.server.support import PATIENCE, REPOSITORY

from pytest_recall_server.index.config import CONFIG_FILES
from pytest_recall_server.runs.command import Runner, command_line
from pytest_recall_server.runs.conditions import Conditions, Home
from pytest_recall_server.runs.process import Process
from pytest_recall_server.runs.starting import Starter
from pytest_recall_server.runs.watchdog import Watchdog

PYTHONS = {
    name: str(REPOSITORY / ".venv" / name / "bin" / "python") for name in ("projects", "plugins")
}
LOGGERS = ("pytest_recall_server.runs.starting", "pytest_recall_server.runs.warmth")


@dataclass(frozen=True, kw_only=True, slots=True)
class Ran:
    """What came of a run."""

    status: int | None
    output: str
    seen: list[tuple[str, dict[str, object], dict[str, float]]]

    @property
    def plain(self) -> str:
        """The output without what differs from run to run."""
        text = re.sub(r"\x1b\[[0-9;]*m", "", self.output)
        text = re.sub(r"=+ (.*) in [0-9.]+s.*=+", r"\1", text)
        return re.sub(r"0x[0-9a-f]+", "0x", text)


@dataclass(slots=True)
class Bench:
    """One project that is run again and again."""

    root: Path
    runner: Runner
    environment: dict[str, str]
    starter: Starter
    watchdog: Watchdog

    def conditions(self) -> Conditions:
        """Return where the runs take place."""
        return Conditions(cwd=str(self.root), environment=self.environment)

    async def run(self, cold: str | None = None) -> Ran:
        """Run by the launcher: warm, unless *cold* says why not."""
        parts: list[str] = []
        process = await self.start(parts, cold)
        await asyncio.wait_for(process.finished(), 3 * PATIENCE)
        return self._ran(process.exit_status, "".join(parts))

    async def start(self, parts: list[str], cold: str | None = None) -> Process:
        """Start a run, whose output goes to *parts*."""
        self.forget()
        runner = replace(self.runner, why_cold=cold)
        command = command_line(runner, "all", None)
        return await self.starter.start(runner, command, self.conditions(), parts.append)

    def plain(self) -> Ran:
        """Run by the script of pytest."""
        self.forget()
        script = Path(self.runner.interpreter or "").with_name("pytest")
        done = subprocess.run(
            [self.runner.interpreter or "", script, "--color=yes", *self.runner.args],
            cwd=self.root,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
        return self._ran(done.returncode, done.stdout.decode("utf-8", "replace"))

    def forget(self) -> None:
        """Remove what runs have left."""
        shutil.rmtree(self.root / ".pytest_cache", ignore_errors=True)
        (self.root / "seen.jsonl").unlink(missing_ok=True)

    def _ran(self, status: int | None, output: str) -> Ran:
        path = self.root / "seen.jsonl"
        lines = path.read_text().splitlines() if path.exists() else []
        return Ran(status=status, output=output, seen=[json.loads(line) for line in lines])

    async def ready(self) -> None:
        """Wait until a process waits that has not been used yet."""
        self.starter.expect(self.runner, ("",))
        await asyncio.wait_for(self.starter.prepared(), 3 * PATIENCE)


@contextlib.asynccontextmanager
async def bench(
    root: Path, python: str, args: Sequence[str] = (), more: Mapping[str, str] | None = None
) -> AsyncIterator[Bench]:
    """Return what runs the project in *root* with one of `PYTHONS`, or any other."""
    environment = {**clean_environment(), "PATH": os.environ["PATH"], **(more or {})}
    home = Home(rootdir=str(root), folder=str(root), config_file=None)
    watchdog = Watchdog()
    starter = Starter(environment, home, watchdog, CONFIG_FILES)
    runner = Runner(interpreter=PYTHONS.get(python, python), args=tuple(args))
    try:
        yield Bench(
            root=root, runner=runner, environment=environment, starter=starter, watchdog=watchdog
        )
    finally:
        await starter.stop()
        if (process := watchdog._process) is not None:
            # It is no part of this process, and ends with its input.
            await asyncio.to_thread(process.communicate)
