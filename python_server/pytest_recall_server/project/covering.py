"""What the last runs with coverage of one root have covered."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from pytest_recall_server.errors import HumanError
from pytest_recall_server.index.config import is_in
from pytest_recall_server.model.coverage import CoverageMode, CoveredFile, read_report
from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.command import LAUNCHER, Runner
from pytest_recall_server.runs.conditions import Conditions
from pytest_recall_server.runs.coverage import Measurement, measurement_of, report_of

KEPT = 3
"""Of so many runs the lines are kept: who looks at an older one runs again."""

Tell = Callable[[str, Sequence[CoveredFile]], None]
"""Takes the token of a run and what it has covered."""


class Covering:
    """Measures runs, and keeps what they have covered until others take their place."""

    def __init__(self, root: str, addopts: Sequence[str], tell: Tell) -> None:
        self._root = root
        self._addopts = addopts
        self._tell = tell
        self._kept: dict[str, dict[str, CoveredFile]] = {}

    async def begin(
        self,
        live: LiveRun,
        runner: Runner,
        conditions: Conditions,
        mode: CoverageMode,
        folder: str,
    ) -> Measurement:
        """Return how a run is measured; raise ``HumanError`` where it cannot be."""
        measurement = await measurement_of(runner, conditions, self._addopts, mode, folder)
        for note in measurement.notes:
            live.printed(f"Pytest Recall: {note}\n")
        return measurement

    async def read(
        self,
        live: LiveRun,
        measurement: Measurement,
        conditions: Conditions,
        stopping: asyncio.Event,
    ) -> str | None:
        """Tell what a run that is over has covered; return a sentence where that is not known."""
        try:
            report = await report_of(measurement, conditions, stopping)
        except HumanError as error:
            return str(error)
        cwd, tests = conditions.cwd, live.tests
        files = await asyncio.to_thread(self._files, report, cwd, tests)
        token = live.name.token or live.name.run
        self._keep(token, files)
        self._tell(token, files)
        return None

    def _files(self, report: object, cwd: str, tests: Iterable[str]) -> list[CoveredFile]:
        """Return the files that are still there, but for ours.  Blocking."""
        return list(self._shown(read_report(report, cwd, tests)))

    def _shown(self, files: Iterable[CoveredFile]) -> Iterator[CoveredFile]:
        ours = os.path.dirname(os.path.realpath(LAUNCHER))
        real = os.path.realpath(self._root)
        for file in files:
            path = file.path
            if is_in(path, real):
                # coverage.py sees the root without links, the client as it has opened it.
                path = os.path.normpath(os.path.join(self._root, os.path.relpath(path, real)))
            is_ours = is_in(path, ours) and not is_in(ours, real)
            if not is_ours and os.path.isfile(path):
                yield replace(file, path=path)

    def _keep(self, token: str, files: Iterable[CoveredFile]) -> None:
        self._kept[token] = {file.path: file for file in files}
        for old in list(self._kept)[:-KEPT]:
            del self._kept[old]

    def file(self, token: str, path: str) -> CoveredFile:
        """Return what a run has covered of the file at the absolute *path*.

        Raises ``HumanError`` where that is not known, or not any more.
        """
        files = self._kept.get(token)
        if files is None:
            raise HumanError("What this run has covered is no longer known: run it again.")
        if path not in files:
            raise HumanError(f"{path} was not measured in this run.")
        return files[path]
