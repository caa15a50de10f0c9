"""`pytest-recall`, also as `python -m pytest_recall`: puts the commands for the terminal together.

This is the only file of the package that knows the server's: the commands ask what it knows.
"""

from __future__ import annotations

import os
import sys


def _leave_workspace_out() -> None:
    """Take the working directory off `sys.path`: nothing that lies there is to be imported.

    It stands first under `python -m`, and anywhere with an empty entry in `PYTHONPATH`.
    """
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - see main
    needed = {own, os.path.dirname(os.path.abspath(os.__file__))}  # noqa: PTH100, PTH120
    here = os.getcwd()  # noqa: PTH109
    sys.path[:] = [
        each
        for each in sys.path
        if os.path.abspath(each) != here or here in needed  # noqa: PTH100
    ]


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status; without one, print the help."""
    # Imported only now, or a file of the working directory could stand in for them.
    import argparse

    from pytest_recall import __version__, doctorcommand
    from pytest_recall.commandline import NAME, say, until_reader_leaves
    from pytest_recall_server.cli import (
        clearcommand,
        exportcommand,
        failedcommand,
        importcommand,
        previewcommand,
        runscommand,
        showcommand,
        statuscommand,
        whycommand,
    )

    every = (
        statuscommand,
        failedcommand,
        whycommand,
        previewcommand,
        runscommand,
        showcommand,
        doctorcommand,
        importcommand,
        exportcommand,
        clearcommand,
    )
    parser = argparse.ArgumentParser(
        prog=NAME,
        description="Look at what pytest and Pytest Recall remember; no test is ever run.",
        epilog="Exit status: 0 answered, 1 something is left to do, 2 not answered.",
    )
    parser.add_argument("--version", action="version", version=f"{NAME} {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for each in every:
        each.add_command(commands)
    try:
        options = parser.parse_args(arguments)
    finally:
        # It may have printed help.
        with until_reader_leaves():
            pass
    run = getattr(options, "run", None)
    if run is None:
        say(parser.format_help().rstrip())
        return 0
    return int(run(options))


def script() -> int:
    """Run the command of the command line."""
    _leave_workspace_out()
    return main()


if __name__ == "__main__":
    sys.exit(script())
