"""The language server: pygls with our own converter, and one way to register handlers."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import BinaryIO, TypeVar

from cattrs import transform_error
from cattrs.errors import BaseValidationError
from lsprotocol import types
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInvalidParams
from pygls.io_ import StdinAsyncReader, StdoutWriter
from pygls.lsp.server import LanguageServer

from pytest_recall_server import __version__
from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp.converter import make_converter
from pytest_recall_server.lsp.reading import Reader
from pytest_recall_server.lsp.rpc import RecallProtocol, raw_params_converter
from pytest_recall_server.lsp.tcp import Tell, serve_one

logger = logging.getLogger(__name__)

P = TypeVar("P")
R = TypeVar("R")
M = TypeVar("M")

_REQUEST_FAILED = -32803


class RecallServer(LanguageServer):
    """The server; ``handle`` and ``on`` are the only ways to register handlers."""

    protocol: RecallProtocol

    def __init__(self) -> None:
        super().__init__(
            name="pytest-recall",
            version=__version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=RecallProtocol,
            converter_factory=raw_params_converter,
        )
        self._messages = make_converter()

    def start_io(self, stdin: BinaryIO | None = None, stdout: BinaryIO | None = None) -> None:
        """Serve until *stdin* ends or the client says ``exit``."""
        reader = StdinAsyncReader(stdin or sys.stdin.buffer, self.thread_pool)
        self.protocol.set_writer(StdoutWriter(stdout or sys.stdout.buffer))
        try:
            asyncio.run(self.protocol.serve(reader))
        except BrokenPipeError:
            logger.error("The client is gone")  # noqa: TRY400 # that is all there is to say
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            self.shutdown()  # type: ignore[no-untyped-call] # pygls has no hint there

    def serve_tcp(self, host: str, port: int, tell: Tell) -> None:
        """Serve one client until it says ``exit`` or hangs up; *tell* where it can connect."""

        async def serve(reader: Reader, writer: asyncio.StreamWriter) -> None:
            self.protocol.set_writer(writer)
            await self.protocol.serve(reader)

        try:
            asyncio.run(serve_one(host, port, tell, serve))
        except (KeyboardInterrupt, SystemExit):
            pass
        finally:
            self.shutdown()  # type: ignore[no-untyped-call] # likewise

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log it: a message box helps nobody."""
        # What came of a request is logged by pygls, and answered.
        if source is not FeatureRequestError:
            # pygls calls this where the exception is handled; the error it made has no traceback.
            logger.error("%s", error, exc_info=sys.exc_info()[1] or error)

    def send(self, method: str, params: object) -> None:
        """Send one of our notifications."""
        self.protocol.notify(method, self._messages.unstructure(params))

    def show(self, kind: types.MessageType, message: str) -> None:
        """Show a sentence to people."""
        self.window_show_message(types.ShowMessageParams(type=kind, message=message))

    def structure(self, data: object, kind: type[P]) -> P:
        """Return *data* as a message; raise ``HumanError`` saying what is wrong with it."""
        try:
            return self._messages.structure(data, kind)
        except BaseValidationError as error:
            raise HumanError("; ".join(transform_error(error))) from error
        except (TypeError, ValueError, KeyError) as error:
            raise HumanError(str(error)) from error

    def handle(self, method: str, kind: type[P], handler: Callable[[P], Awaitable[R]]) -> None:
        """Register the handler of one of our requests."""

        async def answer(ls: RecallServer, params: object) -> object:
            try:
                asked = ls.structure(params, kind)
            except HumanError as error:
                raise JsonRpcInvalidParams(str(error)) from error
            try:
                return ls._messages.unstructure(await handler(asked))
            except HumanError as error:
                raise JsonRpcException(str(error), _REQUEST_FAILED) from error

        self.feature(method)(answer)

    def ask(
        self, method: str, handler: Callable[[M], Awaitable[R]], options: object = None
    ) -> None:
        """Register the handler of a request of LSP's own."""

        async def answer(ls: RecallServer, params: M) -> R:
            del ls
            return await handler(params)

        self.feature(method, options)(answer)

    def offer(self, command: str, kind: type[P], handler: Callable[[P], Awaitable[None]]) -> None:
        """Register a command with one argument; what is wrong with that is answered."""

        async def carry_out(ls: RecallServer, argument: object) -> None:
            try:
                asked = ls.structure(argument, kind)
            except HumanError as error:
                raise JsonRpcInvalidParams(str(error)) from error
            try:
                await handler(asked)
            except HumanError as error:
                raise JsonRpcException(str(error), _REQUEST_FAILED) from error

        self.command(command)(carry_out)

    def on(self, method: str, handler: Callable[[M], None]) -> None:
        """Register the handler of a message of LSP's own; it is done when it returns."""

        def receive(ls: RecallServer, params: M) -> None:
            del ls
            handler(params)

        self.feature(method)(receive)

    def on_later(self, method: str, handler: Callable[[M], Awaitable[None]]) -> None:
        """Register the handler of a message of LSP's own that takes its time."""

        async def receive(ls: RecallServer, params: M) -> None:
            del ls
            await handler(params)

        self.feature(method)(receive)
