"""`pytest-recall-server`: start the language server as a command line says."""

from __future__ import annotations

import argparse
import sys

from pytest_recall_server import __version__

_EXTRA = 'install it with: pip install "pytest-recall[server]"'


def main(arguments: list[str] | None = None) -> int:
    """Serve until the client ends; return the exit status, 2 if that cannot be."""
    parser = argparse.ArgumentParser(
        prog="pytest-recall-server",
        description="The language server of Pytest Recall, on standard input and output.",
    )
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--stdio", action="store_true", help="standard input and output (default)")
    how.add_argument(
        "--tcp",
        metavar="HOST:PORT",
        help="listen on loopback for one client, and end with it; port 0: any that is free",
    )
    options = parser.parse_args(arguments)
    try:
        # The package comes without what only the server needs.
        from pytest_recall_server import __main__ as server  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] in {"pytest_recall", "pytest_recall_server"}:
            raise
        parser.error(f"the server needs {error.name}: {_EXTRA}")
    if options.tcp is None:
        return server.main()
    return server.main_tcp(options.tcp)


if __name__ == "__main__":
    sys.exit(main())
