"""Commands that any editor can ask for by ``workspace/executeCommand``."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping

from lsprotocol import types

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.progress import Going, Progress
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.model.changes import RunReport, Selection, SelectionKind
from pytest_recall_server.model.wording import counts_words, span_of_time
from pytest_recall_server.project import Project
from pytest_recall_server.tasks import to_the_end

RERUN = "pytest-recall.rerun"
"""Run the tests that the argument names (``NamedTests``)."""
RERUN_LAST_FAILED = "pytest-recall.rerunLastFailed"
"""Rerun what failed, in all roots or in that of the argument (``MaybeRoot``)."""
RERUN_OUTSTANDING = "pytest-recall.rerunOutstanding"
"""The same with what was not finished."""
FORGET = "pytest-recall.forget"
"""Remember the tests that the argument names as failed no longer."""


class Commands:
    """Runs tests for editors that have no other way to show a run."""

    def __init__(self, server: RecallServer, workspace: Workspace, progress: Progress) -> None:
        self._server = server
        self._workspace = workspace
        self._progress = progress

    def register(self) -> None:
        """Register all."""
        self._progress.register()
        tests, root = protocol.NamedTests, protocol.MaybeRoot
        self._server.offer(RERUN, tests, self._rerun)
        self._server.offer(RERUN_LAST_FAILED, root, self._remembered("lastFailed"))
        self._server.offer(RERUN_OUTSTANDING, root, self._remembered("outstanding"))
        self._server.offer(FORGET, tests, self._forget)

    async def _rerun(self, asked: protocol.NamedTests) -> None:
        project = self._workspace.project(asked.root)
        await self._run([project], Selection(kind="ids", ids=tuple(asked.ids)))

    def _remembered(self, kind: SelectionKind) -> Callable[[protocol.MaybeRoot], Awaitable[None]]:
        async def rerun(asked: protocol.MaybeRoot) -> None:
            if asked.root is None:
                projects = self._workspace.projects()
            else:
                projects = [self._workspace.project(asked.root)]
            await self._run(projects, Selection(kind=kind))

        return rerun

    async def _forget(self, asked: protocol.NamedTests) -> None:
        await self._workspace.project(asked.root).keeping.forget(asked.ids)

    async def _run(self, projects: list[Project], selection: Selection) -> None:
        tokens = {project: str(uuid.uuid4()) for project in projects}

        def cancel() -> None:
            for project, token in tokens.items():
                project.runs.cancel(token)

        going = Going(tokens.values(), cancel)
        self._progress.begin(going)
        said = "ended"
        try:
            reports = await to_the_end(_all(tokens, selection), "run tests", cancel)
            said = _words(reports)
        finally:
            self._progress.end(going, said)
        self._tell_end(reports, said)

    def _tell_end(self, reports: list[RunReport], said: str) -> None:
        problems = dict.fromkeys(report.problem for report in reports if report.problem)
        if problems:
            raise HumanError(" ".join(problems))
        is_bad = any(report.counts.get(each) for report in reports for each in ("failed", "error"))
        kind = types.MessageType.Warning if is_bad else types.MessageType.Info
        self._server.show(kind, f"pytest: {said}")


async def _all(tokens: Mapping[Project, str], selection: Selection) -> list[RunReport]:
    runs = (project.runs.run(token, selection) for project, token in tokens.items())
    return await asyncio.gather(*runs)


def _words(reports: list[RunReport]) -> str:
    """Return how runs ended: ``1 failed, 3 passed in 0.35 s``."""
    counts: Counter[str] = sum((Counter(report.counts) for report in reports), Counter())
    if not counts:
        return "cancelled" if any(report.cancelled for report in reports) else "nothing was run"
    duration = max(report.duration for report in reports)
    cancelled = "cancelled, " if any(report.cancelled for report in reports) else ""
    return f"{cancelled}{counts_words(counts)} in {span_of_time(duration)}"
