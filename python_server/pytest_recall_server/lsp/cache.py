"""The requests about a cache directory: its keys, and what is wrong with it."""

from __future__ import annotations

import asyncio

from pytest_recall import doctor
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.project import inspect
from pytest_recall_server.project.removing import Removal


class Cache:
    """Shows keys, takes them away, puts them back, and finds what is damaged."""

    def __init__(self, server: RecallServer, workspace: Workspace) -> None:
        self._server = server
        self._workspace = workspace

    def register(self) -> None:
        """Let the server answer."""
        handle = self._server.handle
        handle(protocol.CACHE_KEYS, protocol.RootParams, self._keys)
        handle(protocol.CACHE_VALUE, protocol.CacheValueParams, self._value)
        handle(protocol.CACHE_CLEAR, protocol.RootParams, self._clear)
        handle(protocol.CACHE_DELETE, protocol.CacheDeleteParams, self._delete)
        handle(protocol.CACHE_PRUNE, protocol.RootParams, self._prune)
        handle(protocol.CACHE_UNDO, protocol.CacheUndoParams, self._undo)
        handle(protocol.DOCTOR, protocol.DoctorParams, self._doctor)
        handle(protocol.FORGET, protocol.NamedTests, self._forget)

    async def _keys(self, params: protocol.RootParams) -> protocol.CacheKeysResult:
        cache_dir = self._workspace.project(params.root).config.cache_dir
        listing = await asyncio.to_thread(inspect.list_keys, cache_dir)
        return protocol.CacheKeysResult(
            directory=uri_of(listing.directory),
            exists=listing.exists,
            writable=listing.writable,
            entries=[
                protocol.CacheEntry(
                    key=entry.key,
                    kind=entry.kind,
                    uri=uri_of(entry.path),
                    size=entry.size,
                    modified=entry.modified,
                    problem=entry.problem,
                )
                for entry in listing.entries
            ],
        )

    async def _value(self, params: protocol.CacheValueParams) -> protocol.CacheValueResult:
        cache_dir = self._workspace.project(params.root).config.cache_dir
        text, problem = await asyncio.to_thread(
            inspect.read_value, cache_dir, params.key, params.kind
        )
        return protocol.CacheValueResult(text=text, problem=problem)

    async def _clear(self, params: protocol.RootParams) -> protocol.CacheRemoval:
        return _removal(await self._workspace.project(params.root).keeping.clear())

    async def _delete(self, params: protocol.CacheDeleteParams) -> protocol.CacheRemoval:
        project = self._workspace.project(params.root)
        return _removal(await project.keeping.delete(params.key, params.kind))

    async def _prune(self, params: protocol.RootParams) -> protocol.CacheRemoval:
        return _removal(await self._workspace.project(params.root).keeping.prune())

    async def _forget(self, params: protocol.NamedTests) -> protocol.CacheRemoval:
        return _removal(await self._workspace.project(params.root).keeping.forget(params.ids))

    async def _undo(self, params: protocol.CacheUndoParams) -> protocol.CacheUndoResult:
        undone = await self._workspace.project(params.root).keeping.undo(params.undo)
        return protocol.CacheUndoResult(
            what=undone.what, restored=undone.restored, left=list(undone.left)
        )

    async def _doctor(self, params: protocol.DoctorParams) -> protocol.DoctorResult:
        project = self._workspace.project(params.root)
        asked = project.keeping.repair() if params.repair else project.keeping.examine()
        return _report(await asked)


def _removal(removal: Removal) -> protocol.CacheRemoval:
    return protocol.CacheRemoval(
        removed=removal.removed, problem=removal.problem, undo=removal.undo
    )


def _report(report: doctor.Report) -> protocol.DoctorResult:
    counts = report.counts
    return protocol.DoctorResult(
        directory=uri_of(str(report.place.cachedir)),
        findings=[_finding(each) for each in report.findings],
        repairs=[
            protocol.Repaired(
                finding=_finding(each.finding), done=each.done or None, error=each.error or None
            )
            for each in report.repairs
        ],
        runs=counts.runs,
        failures=counts.failures,
        unfinished=counts.unfinished,
        tests=counts.tests,
    )


def _finding(finding: doctor.Finding) -> protocol.Finding:
    return protocol.Finding(
        kind=finding.kind,
        level=finding.level,
        path=finding.path,
        message=finding.message,
        remedy=finding.repair or None,
        more=list(finding.more),
        ids=list(finding.ids),
    )
