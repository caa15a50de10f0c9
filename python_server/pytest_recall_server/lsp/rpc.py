"""pygls's protocol, mended: every message is taken as it is, every request gets one answer."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from typing import cast

from cattrs import Converter
from lsprotocol import types
from lsprotocol.converters import get_converter
from pygls.exceptions import JsonRpcException, JsonRpcInvalidParams
from pygls.lsp.server import LanguageServer
from pygls.protocol import (
    JsonRPCNotification,
    JsonRPCRequestMessage,
    JsonRPCResponseMessage,
    LanguageServerProtocol,
    lsp_method,
)

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.reading import (
    INVALID_REQUEST,
    PARSE_ERROR,
    Reader,
    decode,
    envelope_fault,
    is_id,
    read_body,
)
from pytest_recall_server.lsp.testexplorer import messages

logger = logging.getLogger(__name__)

_NOT_INITIALIZED = -32002

_NOTIFICATIONS = frozenset(
    name for name, kinds in types.METHOD_TO_TYPES.items() if kinds[1] is None
).union(protocol.NOTIFICATIONS, messages.NOTIFICATIONS)
_REQUESTS = (
    frozenset(types.METHOD_TO_TYPES).union(protocol.REQUESTS, messages.REQUESTS) - _NOTIFICATIONS
)


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
    """pygls's protocol; every request gets exactly one answer, whatever it says."""

    def __init__(self, server: LanguageServer, converter: Converter) -> None:
        super().__init__(server, converter)
        self._initialized = False

    async def serve(self, reader: Reader) -> None:
        """Take messages until there are no more."""
        while (body := await read_body(reader)) is not None:
            try:
                message = decode(body)
            except ValueError as error:
                logger.warning("A message of %s bytes is no JSON: %s", len(body), error)
                self._refuse(None, PARSE_ERROR, f"this is no JSON: {error}")
                continue
            try:
                self._take(message)
            except Exception:
                # Whatever it was: the next message must be heard.
                logger.exception("A message could not be handled")

    def _take(self, message: object) -> None:
        fault = envelope_fault(message)
        if not isinstance(message, dict) or fault is not None:
            known = message.get("id") if isinstance(message, dict) else None
            logger.warning("A message is not understood: %s", fault)
            if not isinstance(message, dict) or "method" in message or "id" not in message:
                self._refuse(known if is_id(known) else None, INVALID_REQUEST, str(fault))
            return
        method = message.get("method")
        if method is None:
            self._take_answer(message)
        elif "id" in message:
            self._take_request(message, method, message["id"])
        else:
            self._take_notification(message, method)

    def _take_request(self, message: dict[str, object], method: str, msg_id: int | str) -> None:
        if self._shutdown:
            self._refuse(msg_id, INVALID_REQUEST, "the server is shutting down")
        elif not self._initialized and method != types.INITIALIZE:
            self._refuse(msg_id, _NOT_INITIALIZED, "initialize comes first")
        elif self._initialized and method == types.INITIALIZE:
            self._refuse(msg_id, INVALID_REQUEST, "the server has been initialized already")
        elif method in _NOTIFICATIONS:
            self._refuse(msg_id, INVALID_REQUEST, f"{method} is a notification")
        elif msg_id in self._request_futures:
            self._refuse(msg_id, INVALID_REQUEST, "a request with this id is under way")
        else:
            try:
                request = self.structure_message(message)
            except JsonRpcException as error:
                self._send_response(msg_id, None, error.to_response_error())
                return
            # Not before it is understood: a client may try again.
            self._initialized = self._initialized or method == types.INITIALIZE
            self.handle_message(request)

    def _take_notification(self, message: dict[str, object], method: str) -> None:
        if method == types.EXIT:
            message = {"jsonrpc": "2.0", "method": method}
        elif method in _REQUESTS:
            logger.warning("%s is a request, and has no id: it is passed over", method)
            return
        elif not self._initialized or self._shutdown:
            logger.warning("%s is passed over: it comes before or after its time", method)
            return
        try:
            notification = self.structure_message(message)
        except JsonRpcException:
            # pygls has logged why.
            return
        self.handle_message(notification)

    def _take_answer(self, message: dict[str, object]) -> None:
        # pygls keeps our requests and those of the client in one table.
        if message["id"] in self._result_types:
            self.handle_message(self.structure_message(message))
        else:
            logger.warning("An answer is passed over: nothing was asked as %.100r", message["id"])

    def _refuse(self, msg_id: int | str | None, code: int, message: str) -> None:
        # lsprotocol leaves an id of null out.
        error = {"code": code, "message": message}
        self._send_data({"jsonrpc": "2.0", "id": msg_id, "error": error})

    def _serialize_message(self, data: object) -> dict[str, object]:
        """Send our own messages as they are: they have been made plain already."""
        if isinstance(data, JsonRPCNotification):
            params = {} if data.params is None else {"params": data.params}
            return {"jsonrpc": data.jsonrpc, "method": data.method, **params}
        if isinstance(data, JsonRPCResponseMessage):
            return {"jsonrpc": data.jsonrpc, "id": data.id, "result": data.result}
        return cast("dict[str, object]", super()._serialize_message(data))

    @lsp_method(types.INITIALIZE)
    def lsp_initialize(
        self, params: types.InitializeParams
    ) -> Generator[object, object, types.InitializeResult]:
        """Answer as pygls does, but for the unit of positions: ours are in UTF-16 alone.

        pygls takes the one that the client likes best, and converts what we do not let it see.
        """
        result = yield from super().lsp_initialize(params)
        result.capabilities.position_encoding = types.PositionEncodingKind.Utf16
        return result

    @lsp_method(types.SHUTDOWN)
    def lsp_shutdown(self, *args: object) -> Generator[object, object, None]:
        """Shut down as pygls does, which trips over requests that go as it cancels them."""
        handler = self.fm.features.get(types.SHUTDOWN)
        if handler is not None:
            yield handler, args, None
        current = self.msg_id
        for msg_id, future in list(self._request_futures.items()):
            if msg_id != current:
                future.cancel()
        self._shutdown = True

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

    @lsp_method(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def lsp_workspace__did_change_workspace_folders(
        self, params: types.DidChangeWorkspaceFoldersParams
    ) -> Iterator[object]:
        """Hand on to our handler alone: pygls's own trips over folders that it does not know."""
        handler = self.fm.features.get(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
        if handler is not None:
            yield handler, (params,), None

    @lsp_method(types.WORKSPACE_EXECUTE_COMMAND)
    async def lsp_workspace__execute_command(  # type: ignore[override] # a generator in pygls
        self, params: types.ExecuteCommandParams
    ) -> object:
        """Hand on the argument as it is: pygls's own makes of it what hints of functions say.

        Nor does its own hand on that the request is cancelled.
        """
        handler = self.fm.commands.get(params.command)
        if handler is None:
            raise JsonRpcInvalidParams(f"there is no command {params.command!r}")
        argument = params.arguments[0] if params.arguments else {}
        return await handler(argument)

    def _hand_on(self, method: str, params: object) -> None:
        handler = self.fm.features.get(method)
        if handler is not None:
            handler(params)
