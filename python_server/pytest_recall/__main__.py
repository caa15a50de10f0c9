"""`python -m pytest_recall`: the commands for the terminal."""

from __future__ import annotations

import os
import sys


def _leave_workspace_out() -> None:
    """Take the working directory off `sys.path`: nothing that lies there is to be imported."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - see main
    first = sys.path[0] if sys.path else own
    if first in {"", os.getcwd()} and os.path.abspath(first) != own:  # noqa: PTH100, PTH109
        del sys.path[0]


def main(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit status; without one, print the help."""
    # Imported only now, or a file of the working directory could stand in for them.
    import argparse

    from pytest_recall import doctorcommand
    from pytest_recall_server.cli import exportcommand, importcommand

    parser = argparse.ArgumentParser(
        prog="python -m pytest_recall", description="Look at what Pytest Recall remembers."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")
    for each in (doctorcommand, importcommand, exportcommand):
        each.add_command(commands)
    options = parser.parse_args(arguments)
    run = getattr(options, "run", None)
    if run is None:
        parser.print_help()
        return 0
    return int(run(options))


if __name__ == "__main__":
    _leave_workspace_out()
    sys.exit(main())
