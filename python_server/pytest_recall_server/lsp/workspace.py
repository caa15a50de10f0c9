"""The roots of one client: makes their projects, and hands files and documents to them."""

from __future__ import annotations

import asyncio
import logging
import math
import os
from collections.abc import Callable, Iterable, Mapping

from pytest_recall_server.errors import UnknownRootError
from pytest_recall_server.index.config import CONFIG_FILES, ROOT_FILES, Config, is_in
from pytest_recall_server.index.roots import bring_or_take_roots, find_roots
from pytest_recall_server.lsp import present, protocol
from pytest_recall_server.lsp.orphans import Holder, Orphans
from pytest_recall_server.lsp.outgoing import Outgoing, Send
from pytest_recall_server.lsp.runners import Runners
from pytest_recall_server.lsp.uris import path_of_uri, paths_of_uris
from pytest_recall_server.model.markers import Marks
from pytest_recall_server.model.text import Edit
from pytest_recall_server.project import Project
from pytest_recall_server.runs.command import Runner, sweep_selections
from pytest_recall_server.runs.watchdog import Watchdog
from pytest_recall_server.tasks import Coalesced, repeat, spawn_task

logger = logging.getLogger(__name__)

LOOK_EVERY = 0.5
"""Seconds between looks for changes where the client does not tell of them."""


class Workspace:
    """All projects of one client."""

    def __init__(self, send: Send, environment: Mapping[str, str]) -> None:
        self._send = send
        self._environment = environment
        self._watchdog = Watchdog()
        self._folders: tuple[str, ...] = ()
        self._projects: dict[str, Project] = {}
        self._outgoing = Outgoing(send, self._root_changed)
        self._runners = Runners()
        self._slow_after = math.inf
        self._orphans = Orphans()
        self._early: list[Callable[[], None]] | None = []
        """What documents did before the roots were known."""
        self.when_reloaded: Callable[[], object] = lambda: None
        """Called when the roots may be others than before."""
        self._reloading = Coalesced("read the configuration", self._reload)
        self._folders_told: set[str] = set()
        self._polling: asyncio.Task[None] | None = None
        self._looking = Coalesced("look for roots in folders", self._look_into_folders)

    # Roots.

    async def open(self, folders: Iterable[str], runner: Runner) -> None:
        """Find the roots of *folders* (absolute paths) and start them."""
        self._runners.put(None, runner)
        self._folders = tuple(folders)
        spawn_task(asyncio.to_thread(sweep_selections), "sweep selections")
        await self._reloading.now()
        early, self._early = self._early or [], None
        for action in early:
            action()

    def look_after_files(self) -> None:
        """Look for changes from now on: the client does not tell of them."""
        if self._polling is None:
            self._polling = spawn_task(repeat(self._look, "look for changes", LOOK_EVERY), "look")

    async def _look(self) -> None:
        found = await asyncio.to_thread(find_roots, self._folders, self._environment)
        if {root: (each, each.nested) for root, each in found.items()} != {
            root: (project.config, project.config.nested)
            for root, project in self._projects.items()
        }:
            await self._reloading.now()
        for project in list(self._projects.values()):
            await project.look()

    async def change_folders(self, added: Iterable[str], removed: Iterable[str]) -> None:
        """Add and remove folders of the workspace."""
        gone = set(removed)
        kept = (*self._folders, *added)
        self._folders = tuple(dict.fromkeys(path for path in kept if path not in gone))
        await self._reloading.now()

    async def _reload(self) -> None:
        """Read all configuration; start, replace and stop projects as it says."""
        configs = await asyncio.to_thread(find_roots, self._folders, self._environment)
        old = self._projects
        self._projects = {
            root: old[root] if root in old and old[root].config == config else self._make(config)
            for root, config in configs.items()
        }
        for root, project in self._projects.items():
            project.leave(configs[root].nested)
        # The client must know a root before it hears of its documents.
        self._tell_roots()
        self._hand_over_documents(old.values())
        self.when_reloaded()
        gone = [project for project in old.values() if project not in self._projects.values()]
        await asyncio.gather(*(project.stop() for project in gone))

    def _hand_over_documents(self, owners: Iterable[Project]) -> None:
        holders: list[Holder] = [*(project.editing for project in owners), self._orphans]
        for holder in holders:
            for uri, path, version, text in holder.all():
                owner = self._project_of(path)
                heir: Holder = self._orphans if owner is None else owner.editing
                if heir is holder:
                    continue
                holder.close(path)
                heir.open(uri, path, version, text)
                if owner is None:
                    self._outgoing.marks_changed(uri, version, Marks())

    def _make(self, config: Config) -> Project:
        project = Project(config, self._environment, self._watchdog, self._outgoing)
        project.set_runner(self._runners.of(config, self._folders))
        project.call_slow_after(self._slow_after)
        spawn_task(project.start(), f"start {config.rootdir}")
        return project

    def roots(self) -> list[protocol.Root]:
        """Return all roots."""
        return [
            present.root(project.config, present.root_name(root, self._folders), project.problems)
            for root, project in self._projects.items()
        ]

    def _root_changed(self, root: str) -> None:
        # All are told: they are few.
        if root in self._projects:
            self._tell_roots()

    def _tell_roots(self) -> None:
        self._send(protocol.ROOTS, protocol.RootsParams(roots=self.roots()))

    def project(self, root_uri: str) -> Project:
        """Return the project of a root; raise ``UnknownRootError`` if there is none."""
        project = self._projects.get(path_of_uri(root_uri))
        if project is None:
            raise UnknownRootError(f"{root_uri} is not a root of this workspace")
        return project

    def projects(self) -> list[Project]:
        """Return all projects."""
        return list(self._projects.values())

    def set_runner(self, root_uri: str | None, runner: Runner) -> None:
        """Use another interpreter or other arguments from the next run on.

        None: in all roots for which nothing else was said.
        """
        self._runners.put(None if root_uri is None else path_of_uri(root_uri), runner)
        for project in self._projects.values():
            project.set_runner(self._runners.of(project.config, self._folders))

    def call_slow_after(self, seconds: float) -> None:
        """Take from when on tests count as slow, in all roots."""
        self._slow_after = seconds
        for project in self._projects.values():
            project.call_slow_after(seconds)

    async def stop(self) -> None:
        """End all work and all runs."""
        self._reloading.stop()
        self._looking.stop()
        if self._polling is not None:
            self._polling.cancel()
        await asyncio.gather(*(project.stop() for project in self._projects.values()))

    # Files.

    def files_changed(self, paths: Iterable[str]) -> None:
        """Look again at what changed on disk."""
        paths = list(paths)
        if any(self._changes_roots(path) for path in paths):
            self._reloading.ask()
        caches = tuple(folder + os.sep for folder in self.cache_folders())
        may_be_folders = (path for path in paths if not path.endswith(".py"))
        self._folders_told.update(path for path in may_be_folders if not path.startswith(caches))
        if self._folders_told:
            self._looking.ask()
        for project in self._projects.values():
            cache = project.config.cache_dir + os.sep
            if any(path.startswith(cache) for path in paths):
                project.cache_touched()
            project.files_changed(path for path in paths if not path.startswith(cache))

    def _changes_roots(self, path: str) -> bool:
        """Tell whether *path* is a file by which there may be other roots, or they be others."""
        parent, name = os.path.split(path)
        if name in CONFIG_FILES and any(is_in(folder, parent) for folder in self._folders):
            return True
        # A conftest file says in which folders pytest does not look.
        may_make_root = name in ROOT_FILES or name == "conftest.py"
        return may_make_root and any(is_in(parent, folder) for folder in self._folders)

    async def _look_into_folders(self) -> None:
        paths, self._folders_told = self._folders_told, set()
        roots = {root: project.config for root, project in self._projects.items()}
        if await asyncio.to_thread(bring_or_take_roots, paths, roots):
            self._reloading.ask()

    def cache_folders(self) -> list[str]:
        """Return the cache directories of all roots."""
        return [project.config.cache_dir for project in self._projects.values()]

    # Documents.

    def _project_of(self, path: str) -> Project | None:
        owners = (project for project in self._projects.values() if project.owns(path))
        return max(owners, key=lambda project: len(project.root), default=None)

    def _with_owner(
        self,
        uri: str,
        action: Callable[[Project, str], None],
        otherwise: Callable[[str], None],
    ) -> None:
        """Do *action* with the root of a document, or *otherwise* where it lies in none."""
        paths = paths_of_uris([uri])
        if not paths:
            return
        (path,) = paths

        def act() -> None:
            if (project := self._project_of(path)) is not None:
                action(project, path)
            else:
                otherwise(path)

        if self._early is None:
            act()
        else:
            self._early.append(act)

    def project_of(self, uri: str) -> Project | None:
        """Return the project of the root that a document lies in."""
        paths = paths_of_uris([uri])
        return self._project_of(paths[0]) if paths else None

    async def knowing_project_of(self, uri: str) -> Project | None:
        """Return the same once it knows what is in the document.

        Not every client can be told to ask again.
        """
        project, paths = self.project_of(uri), paths_of_uris([uri])
        if project is not None:
            await project.knows_document(paths[0])
        return project

    def document_opened(self, uri: str, version: int, text: str) -> None:
        """Follow a document."""
        self._with_owner(
            uri,
            lambda project, path: project.open_document(uri, path, version, text),
            lambda path: self._orphans.open(uri, path, version, text),
        )

    def document_changed(self, uri: str, version: int, edits: list[Edit | str]) -> None:
        """Take edits of a document."""
        self._with_owner(
            uri,
            lambda project, path: project.editing.change(path, version, edits),
            lambda path: self._orphans.change(path, version, edits),
        )

    def document_saved(self, uri: str) -> None:
        """Take note that a document was saved."""
        self._with_owner(uri, lambda project, path: project.save_document(path), lambda _: None)

    def document_closed(self, uri: str) -> None:
        """Follow a document no longer."""
        self._with_owner(
            uri, lambda project, path: project.close_document(path), self._orphans.close
        )
