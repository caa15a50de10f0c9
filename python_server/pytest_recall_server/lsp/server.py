"""The language server: pygls with our own documents, our own converter, one way to register."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar, cast

from cattrs import Converter, transform_error
from cattrs.errors import BaseValidationError
from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.exceptions import FeatureRequestError, JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    lsp_method,
)

from pytest_recall_server import __version__
from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp.converter import make_converter

logger = logging.getLogger(__name__)

P = TypeVar("P")
R = TypeVar("R")
M = TypeVar("M")

_REQUEST_FAILED = -32803


def raw_params_converter() -> Converter:
    """Return pygls's converter, but let the params of our own messages be what they are.

    The default makes namedtuples of them, which renames keys such as ``t.py::a``, and
    leaves a request without params unanswered.
    """
    converter = get_converter()
    converter.register_structure_hook(
        JsonRPCRequestMessage,
        lambda data, cls: cls(
            id=data["id"],
            method=data["method"],
            jsonrpc=data["jsonrpc"],
            params=data.get("params"),
        ),
    )
    converter.register_structure_hook(
        JsonRPCNotification,
        lambda data, cls: cls(
            method=data["method"], jsonrpc=data["jsonrpc"], params=data.get("params")
        ),
    )
    converter.register_structure_hook(
        JsonRPCResponseMessage,
        lambda data, cls: cls(id=data["id"], jsonrpc=data["jsonrpc"], result=data.get("result")),
    )
    return converter


class RecallProtocol(LanguageServerProtocol):
    """pygls's protocol, with three differences."""

    def structure_message(self, data: dict[str, object]) -> object:
        """Answer a request that cannot be understood, where pygls leaves it without one."""
        try:
            return super().structure_message(data)
        except JsonRpcException as error:
            if "method" in data and isinstance(data.get("id"), int | str):
                self._send_response(cast("int | str", data["id"]), None, error.to_response_error())
            raise

    def _serialize_message(self, data: object) -> dict[str, object]:
        """Send our own messages as they are: they have been made plain already."""
        if isinstance(data, JsonRPCNotification):
            return {"jsonrpc": data.jsonrpc, "method": data.method, "params": data.params}
        if isinstance(data, JsonRPCResponseMessage):
            return {"jsonrpc": data.jsonrpc, "id": data.id, "result": data.result}
        return cast("dict[str, object]", super()._serialize_message(data))

    # Documents are followed by our own, which splits lines as LSP does: pygls's also splits
    # at form feeds and the like, and its positions are wrong behind them.

    @lsp_method(types.TEXT_DOCUMENT_DID_OPEN)
    def lsp_text_document__did_open(self, params: types.DidOpenTextDocumentParams) -> None:
        """Hand on to our handler alone."""
        self._hand_on(types.TEXT_DOCUMENT_DID_OPEN, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CHANGE)
    def lsp_text_document__did_change(self, params: types.DidChangeTextDocumentParams) -> None:
        """Hand on to our handler alone."""
        self._hand_on(types.TEXT_DOCUMENT_DID_CHANGE, params)

    @lsp_method(types.TEXT_DOCUMENT_DID_CLOSE)
    def lsp_text_document__did_close(self, params: types.DidCloseTextDocumentParams) -> None:
        """Hand on to our handler alone."""
        self._hand_on(types.TEXT_DOCUMENT_DID_CLOSE, params)

    def _hand_on(self, method: str, params: object) -> None:
        handler = self.fm.features.get(method)
        if handler is not None:
            handler(params)


class RecallServer(LanguageServer):
    """The server; ``handle`` and ``on`` are the only ways to register handlers."""

    def __init__(self) -> None:
        super().__init__(
            name="pytest-recall",
            version=__version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Incremental,
            protocol_cls=RecallProtocol,
            converter_factory=raw_params_converter,
        )
        self._messages = make_converter()

    def report_server_error(self, error: Exception, source: object) -> None:
        """Log it: a message box helps nobody."""
        # What came of a request is logged by pygls, and answered.
        if source is not FeatureRequestError:
            logger.error("%s", error, exc_info=error)

    def send(self, method: str, params: object) -> None:
        """Send one of our notifications."""
        self.protocol.notify(method, self._messages.unstructure(params))

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
