"""Commands that any editor can ask for by ``workspace/executeCommand``."""

from __future__ import annotations

import asyncio
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable

from lsprotocol import types

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.model.changes import RunReport, Selection, SelectionKind
from pytest_recall_server.model.wording import counts_words, span_of_time
from pytest_recall_server.project import Project

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

    def __init__(self, server: RecallServer, workspace: Workspace) -> None:
        self._server = server
        self._workspace = workspace
        self.shows_progress = False
        """The client shows how far work is (``window.workDoneProgress``)."""

    def register(self) -> None:
        """Register all."""
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
        await self._workspace.project(asked.root).forget(asked.ids)

    async def _run(self, projects: list[Project], selection: Selection) -> None:
        token = str(uuid.uuid4())
        progress = await self._begin(token)
        runs = [project.run(f"{token}-{uri_of(project.root)}", selection) for project in projects]
        try:
            reports = await asyncio.gather(*runs)
        finally:
            if progress:
                self._server.work_done_progress.end(token, types.WorkDoneProgressEnd())
        self._tell_end(reports)

    async def _begin(self, token: str) -> bool:
        if not self.shows_progress:
            return False
        await self._server.work_done_progress.create_async(token)
        begin = types.WorkDoneProgressBegin(title="pytest", cancellable=False)
        self._server.work_done_progress.begin(token, begin)
        return True

    def _tell_end(self, reports: list[RunReport]) -> None:
        problems = dict.fromkeys(report.problem for report in reports if report.problem)
        if problems:
            raise HumanError(" ".join(problems))
        counts: Counter[str] = sum((Counter(report.counts) for report in reports), Counter())
        duration = max((report.duration for report in reports), default=0.0)
        failed = counts["failed"] + counts["error"]
        said = counts_words(counts) or "nothing was run"
        kind = types.MessageType.Warning if failed else types.MessageType.Info
        message = f"pytest: {said} in {span_of_time(duration)}"
        self._server.window_show_message(types.ShowMessageParams(type=kind, message=message))
