"""The ``recall/*`` requests about tests and runs, and about the server itself."""

from __future__ import annotations

import os
import platform
import time
from functools import partial

from pytest_recall_server import __version__
from pytest_recall_server.lsp import covering, importing, present, protocol
from pytest_recall_server.lsp.language import Language
from pytest_recall_server.lsp.runners import runner_of
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.uris import path_of_uri, paths_of_uris
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.memory import resident_bytes
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.project.project import Project
from pytest_recall_server.tasks import to_the_end


class Requests:
    """The ``recall/*`` requests."""

    def __init__(self, server: RecallServer, workspace: Workspace, language: Language) -> None:
        self._language = language
        self._began = time.monotonic()
        self._server = server
        self._workspace = workspace

    def register(self) -> None:
        """Let the server answer."""
        handle = self._server.handle
        handle(protocol.RESYNC, protocol.RootParams, self._resync)
        handle(protocol.CHILDREN, protocol.ChildrenParams, self._children)
        handle(protocol.RUN, protocol.RunParams, self._run)
        handle(protocol.FILE_COVERAGE, protocol.FileCoverageParams, self._file_coverage)
        handle(protocol.DEBUG_ENDED, protocol.DebugEndedParams, self._debug_ended)
        handle(protocol.COLLECT, protocol.RootParams, self._collect)
        handle(protocol.PREVIEW, protocol.PreviewParams, self._preview)
        handle(protocol.STEPWISE, protocol.StepwiseParams, self._stepwise)
        handle(protocol.IMPORT, protocol.ImportParams, self._import)
        handle(protocol.FAILURE, protocol.NamedTests, self._language.failure_text)
        handle(protocol.FAILURES, type(None), self._failures)
        handle(protocol.STATUS, type(None), self._status)
        handle(protocol.SET_INTERPRETER, protocol.SetInterpreterParams, self._set_interpreter)

    async def _resync(self, params: protocol.RootParams) -> None:
        await self._workspace.project(params.root).resync()

    async def _children(self, params: protocol.ChildrenParams) -> None:
        self._workspace.project(params.root).ask(params.ids)

    async def _run(self, params: protocol.RunParams) -> protocol.RunResult:
        project = self._workspace.project(params.root)
        selection = _selection_of(params.selection, project)
        asked = project.runs.run(params.token, selection, params.coverage, params.debug)
        report = await to_the_end(
            asked, f"run {params.token}", partial(project.runs.cancel, params.token)
        )
        return present.run_result(report)

    async def _file_coverage(
        self, params: protocol.FileCoverageParams
    ) -> protocol.FileCoverageResult:
        project = self._workspace.project(params.root)
        file = project.covering.file(params.token, path_of_uri(params.uri))
        if params.test is None:
            return covering.details(file)
        return covering.details_of_test(file, params.test)

    async def _debug_ended(self, params: protocol.DebugEndedParams) -> None:
        runs = self._workspace.project(params.root).runs
        runs.debug_ended(params.token, params.output, params.problem)

    async def _preview(self, params: protocol.PreviewParams) -> protocol.PreviewResult:
        project = self._workspace.project(params.root)
        found = await project.prospects.preview(_selection_of(params.selection, project))
        return present.Presenter(project.root).preview(found, params.limit, project.definition)

    async def _stepwise(self, params: protocol.StepwiseParams) -> protocol.StepwiseResult:
        project = self._workspace.project(params.root)
        stand = await project.prospects.stepwise(_selection_of(params.selection, project))
        return present.Presenter(project.root).stand(stand)

    async def _collect(self, params: protocol.RootParams) -> protocol.CollectResult:
        project = self._workspace.project(params.root)
        found = await to_the_end(
            project.runs.collecting.collect(),
            f"collect {project.root}",
            project.runs.collecting.cancel,
        )
        return protocol.CollectResult(
            tests=found.tests,
            errors=found.errors,
            cancelled=found.cancelled,
            problem=found.problem,
        )

    async def _failures(self, _: None) -> protocol.FailuresResult:
        return protocol.FailuresResult(
            failures=[
                present.Presenter(project.root).failure(record)
                # Rows of roots have nothing to be ordered by but their names.
                for root in sorted(self._workspace.roots(), key=lambda root: root.name)
                for project in (self._workspace.project(root.uri),)
                for record in project.failures()
            ]
        )

    async def _import(self, params: protocol.ImportParams) -> protocol.ImportResult:
        project = self._workspace.project(params.root)
        return importing.result(
            await project.keeping.import_run(importing.given(params), params.into)
        )

    async def _status(self, _: None) -> protocol.StatusResult:
        projects = self._workspace.projects()
        return protocol.StatusResult(
            version=__version__,
            python=platform.python_version(),
            pid=os.getpid(),
            uptime=time.monotonic() - self._began,
            memory=resident_bytes(),
            documents=sum(len(project.editing.all()) for project in projects),
            roots=[present.root_status(project.root, project.status()) for project in projects],
        )

    async def _set_interpreter(self, params: protocol.SetInterpreterParams) -> None:
        self._workspace.set_runner(params.root, runner_of(params))
        self._workspace.call_slow_after(params.slow_after)


def _selection_of(asked: protocol.Selection, project: Project) -> Selection:
    ids, exclude = tuple(asked.ids), tuple(asked.exclude)
    files = project.own_files(paths_of_uris(asked.files))
    return Selection(kind=asked.kind, ids=ids, exclude=exclude, files=files)
