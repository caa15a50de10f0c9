"""The messages about the beginning and the end, and about files and folders in between."""

from __future__ import annotations

import logging
import uuid
from collections.abc import Sequence

from lsprotocol import types

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.language import Language
from pytest_recall_server.lsp.runners import runner_of
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.standard import Standard
from pytest_recall_server.lsp.testexplorer.explorer import TestExplorer
from pytest_recall_server.lsp.uris import paths_of_uris
from pytest_recall_server.lsp.watching import registration, unregistration, watchers
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.tasks import Coalesced

logger = logging.getLogger(__name__)


class Lifecycle:
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
        """Let the server answer."""
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
