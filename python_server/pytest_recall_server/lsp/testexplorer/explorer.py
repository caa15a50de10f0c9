"""Answers for clients with a test explorer of rust-analyzer's kind, and sees what others are told.

All of it follows from ``recall/*``: what is told of tests and of runs is seen as it is sent, and
said once more in these messages.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterable, Mapping

from lsprotocol import types

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.server import RecallServer
from pytest_recall_server.lsp.testexplorer import messages
from pytest_recall_server.lsp.testexplorer.items import ROOT, split_id
from pytest_recall_server.lsp.testexplorer.known import Known
from pytest_recall_server.lsp.testexplorer.session import Send, Session
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.lsp.workspace import Workspace
from pytest_recall_server.model.changes import Selection
from pytest_recall_server.model.ids import ancestors_of, folders_of, path_of
from pytest_recall_server.project import Project
from pytest_recall_server.tasks import Coalesced, spawn_task

# An answer has been sent long before what changes after it is told.
_SOON, _AT_LATEST = 0.05, 0.5

Plan = tuple[Project, Selection]


class TestExplorer:
    """Tests and runs for a client that has said ``experimental.testExplorer``."""

    def __init__(self, server: RecallServer, send: Send) -> None:
        """*send* sends one of the ``recall/*`` notifications."""
        self._server = server
        self._send = send
        self._workspace: Workspace | None = None
        self._speaks = False
        self._known = Known(self._ask)
        self._documents: set[str] = set()
        self._session: Session | None = None
        self._has_roots = asyncio.Event()
        self._ready: dict[str, asyncio.Event] = {}
        """Root → all that is to be known at its start is known."""
        self._telling = Coalesced("tell tests", self._tell, _SOON, _AT_LATEST)

    def serve(self, capabilities: types.ClientCapabilities) -> None:
        """Take note of what the client can."""
        experimental = capabilities.experimental
        self._speaks = (
            isinstance(experimental, Mapping) and experimental.get("testExplorer") is True
        )

    def register(self, workspace: Workspace) -> None:
        """Register all."""
        self._workspace = workspace
        handle = self._server.handle
        handle(messages.DISCOVER_TEST, messages.DiscoverTestParams, self._discover)
        handle(messages.RUN_TEST, messages.RunTestParams, self._run)
        self._server.on(messages.ABORT_RUN_TEST, self._abort)

    def _projects(self) -> Workspace:
        if self._workspace is None or not self._speaks:
            raise HumanError(
                "The client has no test explorer: it says so by the capability "
                "`experimental.testExplorer` when it initializes the server."
            )
        return self._workspace

    # What is told of tests.

    def send(self, method: str, params: object) -> None:
        """Send one of our notifications, and see to what follows from it."""
        self._send(method, params)
        if self._speaks:
            self._see(params)

    def _see(self, params: object) -> None:
        if isinstance(params, protocol.RunEventsParams):
            if self._session is not None:
                self._session.see(params)
            return
        if isinstance(params, protocol.RootsParams):
            self._known.fold_roots(params)
            self._has_roots.set()
            for gone in self._ready.keys() - self._known.roots.keys():
                self._ready.pop(gone).set()
        elif isinstance(params, protocol.TestsParams):
            self._known.fold_tests(params)
        elif isinstance(params, protocol.SummaryParams):
            # It comes when a root has been read, whatever went wrong.
            self._event(params.root).set()
            return
        elif isinstance(params, protocol.MarkersParams) and params.uri not in self._documents:
            self._documents.add(params.uri)
        else:
            return
        self._telling.ask()

    def _event(self, root: str) -> asyncio.Event:
        return self._ready.setdefault(root, asyncio.Event())

    def _ask(self, root: str, node_ids: list[str]) -> None:
        self._projects().project(root).ask(node_ids)

    async def _tell(self) -> None:
        for uri in self._documents:
            self._known.reveal_document(uri)
        if (news := self._known.news()) is not None:
            self._server.send(messages.DISCOVERED_TESTS, news)
        if self._session is not None:
            self._session.release()

    async def _discover(self, params: messages.DiscoverTestParams) -> messages.DiscoverTestResults:
        self._projects()
        if params.test_id is None:
            await self._has_roots.wait()
            found = self._known.top()
        else:
            root = split_id(params.test_id)[0]
            if root in self._known.roots:
                await self._event(root).wait()
            found = self._known.below(params.test_id)
        self._telling.ask()
        return found

    # Runs.

    async def _run(self, params: messages.RunTestParams) -> None:
        """Begin to run tests."""
        self._projects()
        before = self._session
        session = self._session = Session(self._server.send, self._known.knows, self._reveal)
        try:
            if before is not None:
                before.abort()
                await before.over.wait()
            await self._has_roots.wait()
            plans = self._plans(params)
            await _refuse_what_cannot_run(plans)
        except BaseException:
            # The client has begun its run already.
            session.end()
            raise
        spawn_task(self._carry_out(session, plans), "run tests of the test explorer")

    def _reveal(self, known: str) -> None:
        self._known.reveal_test(known)
        self._telling.ask()

    def _plans(self, params: messages.RunTestParams) -> list[Plan]:
        """Return what is to run in each root; raise ``HumanError`` for what is none of ours."""
        workspace = self._projects()
        exclude = _by_root(params.exclude or ())
        if params.include is None:
            include = {uri_of(project.root): [ROOT] for project in workspace.projects()}
        else:
            include = _by_root(params.include)
        plans = []
        for root, ids in include.items():
            if root not in self._known.roots:
                raise HumanError(
                    f"There is no test {root!r}: ask for the tests with experimental/discoverTest."
                )
            without = tuple(exclude.get(root, ()))
            if ROOT in without:
                continue
            kept = () if ROOT in ids else tuple(ids)
            selection = Selection(kind="ids" if kept else "all", ids=kept, exclude=without)
            plans.append((workspace.project(root), selection))
        return plans

    async def _carry_out(self, session: Session, plans: list[Plan]) -> None:
        try:
            if not session.aborted:
                await asyncio.gather(*(self._run_one(session, *plan) for plan in plans))
            # What the runs have found is told, and with it what they said of it.
            await self._telling.now()
        finally:
            session.end()

    async def _run_one(self, session: Session, project: Project, selection: Selection) -> None:
        root, token = uri_of(project.root), str(uuid.uuid4())
        session.add(token, lambda: project.runs.cancel(token))
        session.enqueue(root, self._chosen(root, selection))
        report = await project.runs.run(token, selection)
        session.end_output(token)
        for line in (report.problem or "").splitlines():
            session.say(line)

    def _chosen(self, root: str, selection: Selection) -> Iterable[str]:
        """Yield the tests that the client knows and that *selection* names."""
        wanted, unwanted = set(selection.ids or (ROOT,)), set(selection.exclude)
        items = self._known.roots.get(root)
        for node_id in () if items is None else items.leaves():
            around = (*ancestors_of(node_id), *folders_of(path_of(node_id)), ROOT)
            if wanted.intersection((node_id, *around)) and unwanted.isdisjoint((node_id, *around)):
                yield node_id

    def _abort(self, params: object) -> None:
        del params
        if self._session is not None:
            self._session.abort()

    async def stop(self) -> None:
        """End all work; the runs have ended."""
        self._has_roots.set()
        if self._session is not None:
            self._session.abort()
            await self._session.over.wait()
        self._telling.stop()


def _by_root(items: Iterable[str]) -> dict[str, list[str]]:
    """Return node ids by the roots of the items that they are in the ids of."""
    found: dict[str, list[str]] = {}
    for root, node_id in dict.fromkeys(map(split_id, items)):
        found.setdefault(root, []).append(node_id)
    return found


async def _refuse_what_cannot_run(plans: list[Plan]) -> None:
    """Raise ``HumanError`` where nothing can be run in any of the roots."""
    problems = [await asyncio.to_thread(project.runs.runner.why_not) for project, _ in plans]
    if problems and all(problems):
        raise HumanError(" ".join(dict.fromkeys(filter(None, problems))))
