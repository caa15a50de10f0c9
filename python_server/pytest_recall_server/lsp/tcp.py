"""Messages over TCP: on loopback alone, for one client, with whom the server ends.

pygls's own loop is not used, for the reasons that `lsp/reading.py` gives; and it would let every
later client take over the writer of the first.
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import Awaitable, Callable

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp.reading import Reader

_LOCAL = "127.0.0.1"
_MAX_PORT = 65535
_LONGEST_LINE = 1 << 20

Serve = Callable[[Reader, asyncio.StreamWriter], Awaitable[None]]
Tell = Callable[[str, int], None]


def address_of(text: str) -> tuple[str, int]:
    """Return host and port of ``HOST:PORT``; raise ``HumanError`` unless it is on loopback.

    ``localhost`` is 127.0.0.1, so that port 0 is one port; an address of IPv6 stands in brackets.
    """
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > _MAX_PORT:
        raise HumanError(f"{text!r} is not HOST:PORT, such as 127.0.0.1:2087")
    host = _LOCAL if host == "localhost" else host.removeprefix("[").removesuffix("]")
    try:
        is_loopback = ipaddress.ip_address(host).is_loopback
    except ValueError:
        is_loopback = False
    if not is_loopback:
        # Whoever connects can have code of the workspace executed.
        raise HumanError(
            f"{host} is no address of this machine alone: give 127.0.0.1, [::1] or localhost"
        )
    return host, int(port)


async def serve_one(host: str, port: int, tell: Tell, serve: Serve) -> None:
    """Serve the first client that connects; *tell* where it can. Raise OSError where it cannot."""
    accepted: asyncio.Future[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
        asyncio.get_running_loop().create_future()
    )

    def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if accepted.done():
            writer.close()
        else:
            accepted.set_result((reader, writer))

    listener = await asyncio.start_server(accept, host, port, limit=_LONGEST_LINE)
    tell(*listener.sockets[0].getsockname()[:2])
    reader, writer = await accepted
    # Others are refused by the system, and see at once that they are.
    listener.close()
    await serve(_Stream(reader), writer)
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


class _Stream:
    """Reads a connection as standard input is read: its end, however it comes, is an end."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader

    async def readline(self) -> bytes:
        try:
            return await self._reader.readline()
        except ValueError:
            # So long a line is no header, and is passed over.
            return b"\n"
        except ConnectionError:
            return b""

    async def readexactly(self, n: int) -> bytes:
        try:
            return await self._reader.readexactly(n)
        except asyncio.IncompleteReadError as error:
            return error.partial
        except ConnectionError:
            return b""
