"""Start the language server: on standard input and output, or on a port of loopback."""

from __future__ import annotations

import logging
import os
import signal
import sys
import warnings
from types import FrameType

from pytest_recall_server.errors import HumanError
from pytest_recall_server.lsp.features import make_server
from pytest_recall_server.lsp.tcp import address_of
from pytest_recall_server.runs.process import kill_all


def main() -> int:
    """Serve until the client ends; return the exit status."""
    stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
    _set_up()
    server = make_server(dict(os.environ))
    try:
        server.start_io(stdin, stdout)
    finally:
        kill_all()
    return 0


def main_tcp(address: str) -> int:
    """Serve the first client that connects to *address* until it ends; return the exit status."""
    stdout = sys.stdout
    _set_up()

    def tell(host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        stdout.write(f"listening on {shown}:{port}\n")
        stdout.flush()

    try:
        host, port = address_of(address)
        make_server(dict(os.environ)).serve_tcp(host, port, tell)
    except (HumanError, OSError) as error:
        sys.stderr.write(f"pytest-recall-server: {error}\n")
        return 2
    finally:
        kill_all()
    return 0


def _set_up() -> None:
    _set_up_logging()
    # The user's files are parsed, and may be warned of only by their own Python.
    warnings.simplefilter("ignore", SyntaxWarning)
    warnings.simplefilter("ignore", DeprecationWarning)
    # Standard output belongs to LSP: a stray print must not break it.
    sys.stdout = sys.stderr
    signal.signal(signal.SIGTERM, _end_at_once)


def _end_at_once(_number: int, _frame: FrameType | None) -> None:
    """End with all that was started.

    The thread that reads standard input waits in it, and an ordinary exit would wait for that.
    """
    kill_all()
    os._exit(0)


def _set_up_logging() -> None:
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    # At INFO pygls logs every message with its body.
    logging.getLogger("pygls").setLevel(logging.WARNING)
    logging.getLogger("pygls.protocol.json_rpc").addFilter(_without_expected_tracebacks)


def _without_expected_tracebacks(record: logging.LogRecord) -> bool:
    """Log an answer that is an error for people without the way it took."""
    error = record.exc_info[1] if record.exc_info else None
    if isinstance(error, BaseException) and isinstance(error.__cause__, HumanError):
        record.exc_info = None
        record.msg, record.args = "Answered with an error: %s", (error,)
    return True


if __name__ == "__main__":
    sys.exit(main())
