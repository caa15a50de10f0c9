"""Read messages from standard input, and go on whatever comes.

pygls's own loop gives up what does not fit: a request that is no proper message is left
without an answer, one wrong ``Content-Length`` makes it pass over all that follows, and
it takes every object within a message that has a member ``jsonrpc`` for one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable
from typing import Protocol

_LENGTH = re.compile(rb"Content-Length:[ \t]*(\d+)[ \t]*\r?\n$", re.IGNORECASE)
_LONGEST = 1 << 30

PARSE_ERROR = -32700
INVALID_REQUEST = -32600


class Reader(Protocol):
    """Where the bytes come from."""

    def readline(self) -> Awaitable[bytes]: ...  # noqa: D102 # as of files
    def readexactly(self, n: int) -> Awaitable[bytes]: ...  # noqa: D102 # likewise


async def read_body(reader: Reader) -> bytes | None:
    """Return the body of the next message, or None at the end.

    Where the last body was longer than it said, its rest stands before the next header.
    """
    length = None
    while line := await reader.readline():
        if found := _LENGTH.search(line):
            length = int(found[1])
        elif length is not None and not line.strip():
            # What nobody sends is not waited for.
            if length <= _LONGEST:
                return await reader.readexactly(length)
            length = None
    return None


def decode(body: bytes) -> object:
    """Return what *body* says; raise ValueError where it is no JSON."""
    try:
        return json.loads(body)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def envelope_fault(message: object) -> str | None:
    """Return why *message* is none of JSON-RPC's, or None where it is one."""
    if not isinstance(message, dict):
        return "a message is an object"
    if message.get("jsonrpc") != "2.0":
        return 'the member "jsonrpc" is not "2.0"'
    if "method" in message and not isinstance(message["method"], str):
        return "a method is a text"
    if "id" in message and not is_id(message["id"]):
        return "an id is a text or a whole number"
    if "method" not in message and "id" not in message:
        return "there is neither a method nor an id"
    return None


def is_id(value: object) -> bool:
    """Tell whether *value* can be the id of a request."""
    return isinstance(value, int | str) and not isinstance(value, bool)
