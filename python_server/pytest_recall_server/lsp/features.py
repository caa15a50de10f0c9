"""Every message that the server understands, and what it does with it."""

from __future__ import annotations

import logging
import os
import platform
import time
import uuid
from collections.abc import Mapping, Sequence
from functools import partial

from lsprotocol import types

from pytest_recall_server import __version__
from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import covering, importing, present, protocol
from pytest_recall_server.lsp.cache import Cache
from pytest_recall_server.lsp.commands import Commands
from pytest_recall_server.lsp.language import Language
from pytest_recall_server.lsp.pastruns import PastRuns
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.standard import Standard
from pytest_recall_server.lsp.testexplorer.explorer import TestExplorer
from pytest_recall_server.lsp.uris import path_of_uri, paths_of_uris
from pytest_recall_server.lsp.watching import registration, unregistration, watchers
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.memory import resident_bytes
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.text import Edit
from pytest_recall_server.project.project import Project
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.tasks import Coalesced, to_the_end

logger = logging.getLogger(__name__)


def make_server(environment: Mapping[str, str]) -> RecallServer:
    """Return a server with all its handlers; *environment* is what pytest will get."""
    server = RecallServer()
    standard = Standard(server)
    explorer = TestExplorer(server, standard.send)
    workspace = Workspace(explorer.send, environment)
    commands = Commands(server, workspace, standard.progress)
    language = Language(server, workspace)
    _Lifecycle(server, workspace, standard, explorer, language).register()
    _Documents(server, workspace, standard).register()
    _Requests(server, workspace, language).register()
    PastRuns(server, workspace).register()
    Cache(server, workspace).register()
    commands.register()
    language.register()
    explorer.register(workspace)
    return server


def runner_of(
    options: protocol.InitializationOptions | protocol.SetInterpreterParams,
) -> Runner:
    """Return what runs pytest, as the client says."""
    named = options.interpreter or protocol.Interpreter(path=None)
    return Runner(
        interpreter=named.path,
        problem=named.problem,
        places=None if options.interpreter else (),
        args=tuple(options.args),
        trusted=bool(options.trusted),
        says_trust=options.trusted is not None,
        cwd=options.cwd,
        env=options.env,
        env_file=options.env_file,
        env_file_optional=options.env_file_optional,
        workers=options.workers,
        output_of_passed_tests=options.output_of_passed_tests,
        warm=options.warm_start,
    )


class _Lifecycle:
    """The beginning, the end, and what happens to files in between."""

    def __init__(
        self,
        server: RecallServer,
        workspace: Workspace,
        standard: Standard,
        explorer: TestExplorer,
        language: Language,
    ) -> None:
        self._explorer = explorer
        self._server = server
        self._workspace = workspace
        self._standard = standard
        self._language = language
        self._params: types.InitializeParams | None = None
        self._watched: list[types.FileSystemWatcher] = []
        self._registered: str | None = None
        self._watching = Coalesced("watch files", self._watch)

    def register(self) -> None:
        on, on_later = self._server.on, self._server.on_later
        on(types.INITIALIZE, self._initialize)
        on_later(types.INITIALIZED, self._initialized)
        on_later(types.SHUTDOWN, self._shutdown)
        on(types.WORKSPACE_DID_CHANGE_WATCHED_FILES, self._watched_files)
        on_later(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS, self._folders)
        self._workspace.when_reloaded = self._watching.ask

    def _initialize(self, params: types.InitializeParams) -> None:
        self._params = params
        self._standard.serve(params.capabilities)
        self._explorer.serve(params.capabilities)

    async def _initialized(self, _: types.InitializedParams) -> None:
        params = self._params
        if params is None:
            return
        await self._workspace.open(_folders_of(params), self._take_options(params))

    def _take_options(self, params: types.InitializeParams) -> Runner:
        try:
            options = self._server.structure(
                # In Lua an empty table is an empty list.
                params.initialization_options or {},
                protocol.InitializationOptions,
            )
        except HumanError as error:
            problem = f"The initialization options are not understood: {error}"
            logger.warning("%s", problem)
            self._server.show(types.MessageType.Error, f"pytest: {problem}")
            return Runner(problem=problem)
        self._language.commands.update(options.commands)
        self._workspace.call_slow_after(options.slow_after)
        return runner_of(options)

    async def _watch(self) -> None:
        """Ask the client to watch what the configuration says now."""
        workspace = self._params.capabilities.workspace if self._params else None
        watching = workspace.did_change_watched_files if workspace else None
        if watching is None or not watching.dynamic_registration:
            logger.info("The client does not watch files: they are looked at every now and then")
            self._workspace.look_after_files()
            return
        wanted = watchers(
            [project.config for project in self._workspace.projects()],
            relative=bool(watching.relative_pattern_support),
        )
        if wanted == self._watched:
            return
        old, self._registered, self._watched = self._registered, str(uuid.uuid4()), wanted
        # The new first: what changes in between is not missed.
        await self._server.client_register_capability_async(registration(self._registered, wanted))
        if old is not None:
            await self._server.client_unregister_capability_async(unregistration(old))

    async def _shutdown(self, _: None) -> None:
        self._watching.stop()
        self._standard.stop()
        await self._workspace.stop()
        await self._explorer.stop()

    def _watched_files(self, params: types.DidChangeWatchedFilesParams) -> None:
        self._workspace.files_changed(paths_of_uris(change.uri for change in params.changes))

    async def _folders(self, params: types.DidChangeWorkspaceFoldersParams) -> None:
        await self._workspace.change_folders(
            _paths_of(params.event.added), _paths_of(params.event.removed)
        )


def _folders_of(params: types.InitializeParams) -> list[str]:
    if params.workspace_folders:
        return _paths_of(params.workspace_folders)
    if params.root_uri:
        return paths_of_uris([params.root_uri])
    return [params.root_path] if params.root_path else []


def _paths_of(folders: Sequence[types.WorkspaceFolder]) -> list[str]:
    return paths_of_uris(folder.uri for folder in folders)


class _Documents:
    """Open documents."""

    def __init__(self, server: RecallServer, workspace: Workspace, standard: Standard) -> None:
        self._server = server
        self._workspace = workspace
        self._standard = standard

    def register(self) -> None:
        on = self._server.on
        on(types.TEXT_DOCUMENT_DID_OPEN, self._opened)
        on(types.TEXT_DOCUMENT_DID_CHANGE, self._changed)
        on(types.TEXT_DOCUMENT_DID_SAVE, self._saved)
        on(types.TEXT_DOCUMENT_DID_CLOSE, self._closed)

    def _opened(self, params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        self._workspace.document_opened(document.uri, document.version, document.text)

    def _changed(self, params: types.DidChangeTextDocumentParams) -> None:
        document = params.text_document
        edits = [edit_of(change) for change in params.content_changes]
        self._workspace.document_changed(document.uri, document.version, edits)

    def _saved(self, params: types.DidSaveTextDocumentParams) -> None:
        self._workspace.document_saved(params.text_document.uri)

    def _closed(self, params: types.DidCloseTextDocumentParams) -> None:
        self._workspace.document_closed(params.text_document.uri)
        self._standard.closed(params.text_document.uri)


def edit_of(change: types.TextDocumentContentChangeEvent) -> Edit | str:
    """Return one change of a document: an edit, or the whole text."""
    if isinstance(change, types.TextDocumentContentChangePartial):
        start, end = change.range.start, change.range.end
        return Edit(
            line=start.line,
            column=start.character,
            end_line=end.line,
            end_column=end.character,
            text=change.text,
        )
    return change.text


def _selection_of(asked: protocol.Selection, project: Project) -> Selection:
    ids, exclude = tuple(asked.ids), tuple(asked.exclude)
    files = project.own_files(paths_of_uris(asked.files))
    return Selection(kind=asked.kind, ids=ids, exclude=exclude, files=files)


class _Requests:
    """The ``recall/*`` requests."""

    def __init__(self, server: RecallServer, workspace: Workspace, language: Language) -> None:
        self._language = language
        self._began = time.monotonic()
        self._server = server
        self._workspace = workspace

    def register(self) -> None:
        handle = self._server.handle
        handle(protocol.RESYNC, protocol.RootParams, self._resync)
        handle(protocol.CHILDREN, protocol.ChildrenParams, self._children)
        handle(protocol.RUN, protocol.RunParams, self._run)
        handle(protocol.FILE_COVERAGE, protocol.FileCoverageParams, self._file_coverage)
        handle(protocol.DEBUG_ENDED, protocol.DebugEndedParams, self._debug_ended)
        handle(protocol.COLLECT, protocol.RootParams, self._collect)
        handle(protocol.PREVIEW, protocol.PreviewParams, self._preview)
        handle(protocol.STEPWISE, protocol.StepwiseParams, self._stepwise)
        handle(protocol.DOCTOR, protocol.DoctorParams, self._doctor)
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
        asked = project.run(params.token, selection, params.coverage, params.debug)
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
        found = await project.preview(_selection_of(params.selection, project))
        return present.Presenter(project.root).preview(found, params.limit, project.definition)

    async def _stepwise(self, params: protocol.StepwiseParams) -> protocol.StepwiseResult:
        project = self._workspace.project(params.root)
        stand = await project.stepwise(_selection_of(params.selection, project))
        return present.Presenter(project.root).stand(stand)

    async def _collect(self, params: protocol.RootParams) -> protocol.CollectResult:
        project = self._workspace.project(params.root)
        found = await to_the_end(
            project.runs.collect(), f"collect {project.root}", project.runs.cancel_collecting
        )
        return protocol.CollectResult(
            tests=found.tests,
            errors=found.errors,
            cancelled=found.cancelled,
            problem=found.problem,
        )

    async def _doctor(self, params: protocol.DoctorParams) -> protocol.DoctorResult:
        project = self._workspace.project(params.root)
        asked = project.keeping.repair() if params.repair else project.keeping.examine()
        return present.doctor_result(await asked)

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
