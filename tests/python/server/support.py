"""A client of the server, as a process over stdio, for tests."""

from __future__ import annotations

# ruff: noqa: S107 # a token names a run
import asyncio
import contextlib
import json
import logging
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import attrs
from cattrs import Converter
from lsprotocol import types
from pygls.io_ import run_async
from pytest_lsp import LanguageClient, LanguageClientProtocol
from tests.python.environment import clean_environment
from tests.python.server.forkedserver import CAN_FORK, fork_server

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.converter import make_converter
from pytest_recall_server.lsp.rpc import raw_params_converter
from pytest_recall_server.lsp.uris import uri_of

logger = logging.getLogger(__name__)

REPOSITORY = Path(__file__).resolve().parents[3]
SERVER = REPOSITORY / "python_server"
PATIENCE = 20.0
"""Seconds to wait for anything; nothing takes so long on an idle machine."""

T = TypeVar("T")

WATCHING = types.ClientCapabilities(
    workspace=types.WorkspaceClientCapabilities(
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(
            dynamic_registration=True, relative_pattern_support=True
        )
    )
)

WorkDone = types.WorkDoneProgressBegin | types.WorkDoneProgressReport | types.WorkDoneProgressEnd
_PROGRESS: dict[str, type[WorkDone]] = {
    "begin": types.WorkDoneProgressBegin,
    "report": types.WorkDoneProgressReport,
    "end": types.WorkDoneProgressEnd,
}


def client_converter() -> Converter:
    """Return the client's converter; lsprotocol's takes every code action for a bare command."""
    converter = raw_params_converter()
    converter.register_structure_hook(
        types.Command | types.CodeAction,
        lambda data, _: converter.structure(
            data, types.Command if isinstance(data["command"], str) else types.CodeAction
        ),
    )
    return converter


class Client(LanguageClient):
    """A client of a server that may have been started by someone else."""

    def talk_to(self, server: asyncio.subprocess.Process) -> None:
        """Do with *server* what `start_io` does with the one that it starts."""
        self._server = server
        assert server.stdin is not None
        assert server.stdout is not None
        self.protocol.set_writer(server.stdin)
        reading = run_async(
            stop_event=self._stop_event,
            reader=server.stdout,
            protocol=self.protocol,
            logger=logger,
            error_handler=self.report_server_error,
        )
        ending = self._server_exit()  # type: ignore[no-untyped-call] # pygls has no hints there
        self._async_tasks += [asyncio.create_task(reading), asyncio.create_task(ending)]


class Session:
    """One server with what it has said, folded as a client would."""

    def __init__(self) -> None:
        self.converter = make_converter()
        self.client = Client(
            protocol_cls=LanguageClientProtocol, converter_factory=client_converter
        )
        self.roots: list[protocol.Root] = []
        self.files: dict[str, protocol.TestFile] = {}
        """Those of all roots, where no two have files of one path."""
        self.trees: dict[str, dict[str, protocol.TestFile]] = {}
        """Root → path → file."""
        self.nodes: dict[str, dict[str, protocol.Node]] = {}
        """What is below each file, by id."""
        self.asks = True
        self._asked: set[str] = set()
        self._waiting = 0
        self.batches: list[protocol.TestsParams] = []
        self.folders: dict[str, str] = {}
        self.records: dict[str, protocol.Record] = {}
        self.told: list[protocol.RecordsParams] = []
        self.summary: protocol.SummaryParams | None = None
        self.summaries: list[protocol.SummaryParams] = []
        self.markers: dict[str, protocol.MarkersParams] = {}
        self.started: list[protocol.RunStartedParams] = []
        self.events: list[protocol.RunEventsParams] = []
        self.ended: list[protocol.RunEndedParams] = []
        self.covered: list[protocol.CoverageParams] = []
        self.cache_changes = 0
        self.diagnostics: dict[str, list[types.Diagnostic]] = {}
        self.messages: list[str] = []
        """What the server showed to people."""
        self.progress: dict[str | int, list[WorkDone]] = {}
        """What the server has shown of each piece of work."""
        self.log: list[str] = []
        """What the server has logged."""
        self.watchers: list[types.Registration] = []
        self.root = Path()
        self.capabilities: types.ServerCapabilities | None = None
        """What the server can."""
        self._news = asyncio.Event()
        self._register()

    # What the server says.

    def _register(self) -> None:
        on = self._on
        on(protocol.ROOTS, protocol.RootsParams, self._got_roots)
        on(protocol.TESTS, protocol.TestsParams, self._got_tests)
        on(protocol.RECORDS, protocol.RecordsParams, self._got_records)
        on(protocol.SUMMARY, protocol.SummaryParams, self._got_summary)
        on(protocol.MARKERS, protocol.MarkersParams, self._got_markers)
        on(protocol.RUN_STARTED, protocol.RunStartedParams, self.started.append)
        on(protocol.RUN_EVENTS, protocol.RunEventsParams, self._got_events)
        on(protocol.RUN_ENDED, protocol.RunEndedParams, self.ended.append)
        on(protocol.COVERAGE, protocol.CoverageParams, self.covered.append)
        on(protocol.CACHE_CHANGED, protocol.CacheChangedParams, self._got_cache_change)

        def register(ls: object, params: types.RegistrationParams) -> None:
            del ls
            self.watchers += params.registrations
            self._news.set()

        def unregister(ls: object, params: types.UnregistrationParams) -> None:
            del ls
            gone = {each.id for each in params.unregisterations}
            self.watchers = [each for each in self.watchers if each.id not in gone]
            self._news.set()

        def diagnose(ls: object, params: types.PublishDiagnosticsParams) -> None:
            del ls
            self.diagnostics[params.uri] = list(params.diagnostics)
            self._news.set()

        def show(ls: object, params: types.ShowMessageParams) -> None:
            del ls
            self.messages.append(params.message)
            self._news.set()

        self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(diagnose)

        def create_progress(ls: object, params: types.WorkDoneProgressCreateParams) -> None:
            del ls
            self.progress[params.token] = []

        def progress(ls: object, params: types.ProgressParams) -> None:
            del ls
            value: dict[str, object] = dict(params.value or {})
            kind = _PROGRESS[str(value["kind"])]
            self.progress[params.token].append(self.converter.structure(value, kind))
            self._news.set()

        self.client.feature(types.WINDOW_SHOW_MESSAGE)(show)
        self.client.feature(types.WINDOW_WORK_DONE_PROGRESS_CREATE)(create_progress)
        self.client.feature(types.PROGRESS)(progress)
        self.client.feature(types.CLIENT_REGISTER_CAPABILITY)(register)
        self.client.feature(types.CLIENT_UNREGISTER_CAPABILITY)(unregister)

    def _on(self, method: str, kind: type[T], handler: Callable[[T], object]) -> None:
        def receive(ls: object, params: object) -> None:
            del ls
            handler(self.converter.structure(params, kind))
            self._news.set()

        self.client.feature(method)(receive)

    def _got_roots(self, params: protocol.RootsParams) -> None:
        self.roots = params.roots

    def _got_tests(self, params: protocol.TestsParams) -> None:
        tree = self.trees.setdefault(params.root, {})
        if params.reset:
            for path in tree:
                self._forget(path)
            tree.clear()
            self.folders.clear()
        for files in (self.files, tree):
            files.update((file.path, file) for file in params.files)
        for path in params.removed:
            tree.pop(path, None)
            self._forget(path)
        for change in params.nodes:
            below = self.nodes.setdefault(change.path, {})
            for node_id in change.removed:
                del below[node_id]
            below.update((node.id, node) for node in change.nodes)
        self.folders.update((folder.path, folder.sort_text) for folder in params.folders)
        self.batches.append(params)
        if self.asks:
            self._ask(params)

    def _forget(self, path: str) -> None:
        self.files.pop(path, None)
        self.nodes.pop(path, None)
        self._asked.discard(path)

    def _ask(self, params: protocol.TestsParams) -> None:
        more = (node.id for change in params.nodes for node in change.nodes if node.more)
        wanted = [file.path for file in params.files if file.path not in self._asked]
        wanted += more
        if not wanted:
            return
        self._asked.update(wanted)
        self._waiting += 1
        asked = self.converter.unstructure(protocol.ChildrenParams(root=params.root, ids=wanted))
        answer = self.client.protocol.send_request(protocol.CHILDREN, asked)
        answer.add_done_callback(self._answered)

    def _answered(self, answer: object) -> None:
        del answer
        self._waiting -= 1
        self._news.set()

    @property
    def is_whole(self) -> bool:
        """All files have been told, with all that is below them."""
        return bool(self.batches) and self.batches[-1].complete and not self._waiting

    def _got_records(self, params: protocol.RecordsParams) -> None:
        if params.reset:
            self.records.clear()
        self.records.update((record.id, record) for record in params.records)
        for node_id in params.forgotten:
            self.records.pop(node_id, None)
        self.told.append(params)

    def _got_summary(self, params: protocol.SummaryParams) -> None:
        self.summary = params
        self.summaries.append(params)

    def _got_markers(self, params: protocol.MarkersParams) -> None:
        self.markers[params.uri] = params

    def _got_events(self, params: protocol.RunEventsParams) -> None:
        self.events.append(params)
        for event in params.events:
            if event.record is not None:
                self.records[event.record.id] = event.record

    def _got_cache_change(self, params: protocol.CacheChangedParams) -> None:
        del params
        self.cache_changes += 1

    async def until(self, condition: Callable[[], T], patience: float = PATIENCE) -> T:
        """Return what *condition* gives as soon as that is true."""
        loop = asyncio.get_running_loop()
        end = loop.time() + patience
        while not (value := condition()):
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), max(end - loop.time(), 0))
            except (TimeoutError, asyncio.TimeoutError) as error:
                raise AssertionError(f"the server has not said so:\n{self.draw()}") from error
        return value

    async def until_marked(self, path: str, version: int) -> None:
        """Wait for the marks of a version of a document."""
        uri = self.uri(path)
        await self.until(lambda: uri in self.markers and self.markers[uri].version == version)

    # What the client says.

    async def start(
        self,
        root: Path,
        *,
        interpreter: str | None = sys.executable,
        args: Sequence[str] = (),
        trusted: bool = True,
        problem: str | None = None,
        folders: Sequence[Path] = (),
        capabilities: types.ClientCapabilities | None = None,
        environment: dict[str, str] | None = None,
        asks: bool = True,
        options: dict[str, object] | None = None,
        warm: bool = False,
        before: Callable[[Session], object] = lambda _: None,
    ) -> None:
        """Start a server for *root* and wait until it has told everything.

        *asks*: ask for all that is below files, as soon as they are told.
        *options*: further initialization options, as on the wire.
        *warm*: let a process wait for runs; most tests are about something else.
        *before*: called before anything is said, with this session.
        """
        before(self)
        self.root = root
        self.asks = asks
        initial = protocol.InitializationOptions(
            interpreter=protocol.Interpreter(path=interpreter, problem=problem),
            args=list(args),
            trusted=trusted,
            warm_start=warm,
        )
        await self._start_server(root.parent, environment)
        initialized = await self.client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities or types.ClientCapabilities(),
                workspace_folders=[
                    types.WorkspaceFolder(uri=uri_of(str(folder)), name=folder.name)
                    for folder in (folders or [root])
                ],
                initialization_options={
                    **self.converter.unstructure(initial),
                    **(options or {}),
                },
            )
        )
        self.capabilities = initialized.capabilities
        await self.until(lambda: self.is_whole and self.summary)

    async def _start_server(self, cwd: Path, environment: dict[str, str] | None) -> None:
        """Fork a server; start the real program where an environment of its own is asked for."""
        env = {**clean_environment(), **(environment or {}), "PYTHONPATH": str(SERVER)}
        if CAN_FORK and environment is None:
            self.client.talk_to(await fork_server(env, cwd))
        else:
            command = [sys.executable, "-X", "utf8", "-m", "pytest_recall_server"]
            await self.client.start_io(*command, env=env, cwd=cwd)
        self._read_log()

    def _read_log(self) -> None:
        """Keep what the server logs, in the place of pytest-lsp, which only shows it."""
        server, forwarder = self.client._server, self.client._stderr_forwarder
        assert server is not None
        assert server.stderr is not None
        if forwarder is not None:
            forwarder.cancel()
        self.client._stderr_forwarder = asyncio.create_task(self._keep_log(server.stderr))

    async def _keep_log(self, stream: asyncio.StreamReader) -> None:
        while line := await stream.readline():
            text = line.decode("utf-8", "replace")
            self.log.append(text.rstrip())
            sys.stderr.write(text)
            self._news.set()

    def logged(self, words: str) -> int:
        """Return how many lines of the log have *words* in them."""
        return sum(words in line for line in self.log)

    async def request(self, method: str, params: object, result: type[T]) -> T:
        """Send one of our requests and return its structured answer."""
        sent = self.client.protocol.send_request(method, self.converter.unstructure(params))
        answer = await asyncio.wait_for(asyncio.wrap_future(sent), PATIENCE)
        return self.converter.structure(answer, result)

    def send_raw(self, message: object) -> None:
        """Send what no client would."""
        if isinstance(message, dict):
            message = {"jsonrpc": "2.0", **message}
        body = json.dumps(message).encode()
        server = self.client._server
        assert server is not None
        assert server.stdin is not None
        server.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)

    @property
    def root_uri(self) -> str:
        """The URI of the first root."""
        return uri_of(str(self.root))

    def uri(self, path: str) -> str:
        """Return the URI of a file of the root."""
        return uri_of(str(self.root / path))

    async def run(
        self,
        kind: protocol.SelectionKind = "all",
        ids: Sequence[str] = (),
        exclude: Sequence[str] = (),
        token: str = "run",
        coverage: protocol.CoverageMode = "off",
    ) -> protocol.RunResult:
        """Run tests and wait for the end."""
        params = self.run_params(kind, ids, exclude, token)
        params = attrs.evolve(params, coverage=coverage)
        return await self.request(protocol.RUN, params, protocol.RunResult)

    def run_params(
        self,
        kind: protocol.SelectionKind = "all",
        ids: Sequence[str] = (),
        exclude: Sequence[str] = (),
        token: str = "run",
    ) -> protocol.RunParams:
        """Return the params of a run."""
        selection = protocol.Selection(kind=kind, ids=list(ids), exclude=list(exclude))
        return protocol.RunParams(root=self.root_uri, token=token, selection=selection)

    def root_params(self) -> protocol.RootParams:
        """Return params that name the root."""
        return protocol.RootParams(root=self.root_uri)

    def open(self, path: str, text: str | None = None) -> None:
        """Open a document."""
        content = (self.root / path).read_text("utf-8") if text is None else text
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                text_document=types.TextDocumentItem(
                    uri=self.uri(path), language_id="python", version=1, text=content
                )
            )
        )

    def edit(
        self, path: str, version: int, start: tuple[int, int], end: tuple[int, int], text: str
    ) -> None:
        """Replace a stretch of an open document."""
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(
                    uri=self.uri(path), version=version
                ),
                content_changes=[
                    types.TextDocumentContentChangePartial(
                        range=types.Range(start=types.Position(*start), end=types.Position(*end)),
                        text=text,
                    )
                ],
            )
        )

    def touched(self, *paths: str) -> None:
        """Tell that files changed on disk."""
        self.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams(
                changes=[
                    types.FileEvent(uri=self.uri(path), type=types.FileChangeType.Changed)
                    for path in paths
                ]
            )
        )

    async def stop(self) -> None:
        """End the server as a client does."""
        server = self.client._server
        if server is not None and server.returncode is None:
            with contextlib.suppress(Exception):
                await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
            if server.returncode is None:
                server.kill()
        await self.client.stop()  # type: ignore[no-untyped-call] # pytest-lsp has no hints there

    # Drawings.

    def draw(self, root: Path | None = None) -> str:
        """Return all files and tests: ``!`` means failed, ``~`` unfinished, ``+`` new.

        With *root* those of that one alone.
        """
        lines = []
        files = self.files if root is None else self.trees.get(uri_of(str(root)), {})
        for path, file in sorted(files.items()):
            lines.append(f"{_signs(file)}{path}")
            if file.error is not None:
                line = file.error.location.range.start.line
                lines.append(f"  error at {line}: {file.error.message}")
            lines += _draw_nodes(list(self.nodes.get(path, {}).values()), path, 1)
        return "\n".join(lines)

    def outcomes(self, token: str | None = "run") -> dict[str, str]:
        """Return what a run told of its tests."""
        return {
            event.record.id: event.record.outcome
            for events in self.events
            if events.token == token
            for event in events.events
            if event.kind == "finished" and event.record is not None
        }

    def output(self, token: str | None = "run") -> str:
        """Return what pytest printed in a run."""
        return "".join(
            event.output or ""
            for events in self.events
            if events.token == token
            for event in events.events
        )

    def draw_markers(self, path: str) -> list[str]:
        """Return the marks of an open document, one line each."""
        marks = self.markers[self.uri(path)]
        failures = [
            f"{mark.range.start.line}:{mark.range.start.character} {mark.message}"
            + (" (outdated)" if mark.outdated else "")
            for mark in marks.failures
        ]
        words = (("new", marks.new), ("unfinished", marks.unfinished))
        said = [f"{mark.range.start.line} {word}" for word, found in words for mark in found]
        return [*failures, *said]


def _signs(node: protocol.Node | protocol.TestFile) -> str:
    signs = (("!", node.failed), ("~", node.unfinished), ("+", node.new))
    return "".join(sign for sign, holds in signs if holds)


def _draw_nodes(nodes: Sequence[protocol.Node], parent: str, depth: int) -> Iterator[str]:
    below = sorted((each for each in nodes if each.parent == parent), key=lambda each: each.index)
    for node in below:
        place = "?" if node.range is None else str(node.range.start.line)
        yield f"{'  ' * depth}{_signs(node)}{node.label} ({place})"
        yield from _draw_nodes(nodes, node.id, depth + 1)


def write_files(root: Path, files: dict[str, str]) -> Path:
    """Write a small project."""
    for path, text in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return root
