"""`pytest-recall export`: write one run as a file of its own."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from pytest_recall.commandline import NAME, add_place, complain
from pytest_recall_server.cli.place import config_of, printable
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project.exporting import export_lines, find_run, write_export

EXPORTED, NOTHING = 0, 2
DESCRIPTION = """\
Write one run of the history as a file that `pytest-recall import` reads anywhere. It holds what the
run's tests have printed, unless --without-output is given. Exit status: 0 if it was written, 2 if
not."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `export` to the *commands*."""
    parser = commands.add_parser(
        "export",
        help="write one run as a file that `import` reads",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "run_id", metavar="RUN", help="the run, by its id or how that begins; `last`: the newest"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="where to (default: standard output)"
    )
    parser.add_argument(
        "--without-output",
        action="store_true",
        help="leave out what tests have printed and logged",
    )
    add_place(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Write the run and return the exit status."""
    with_output = not options.without_output
    try:
        path = find_run(config_of(options).cache_dir, options.run_id)
        if options.output is None:
            sys.stdout.buffer.writelines(export_lines(path, output=with_output))
            sys.stdout.buffer.flush()
        else:
            write_export(path, options.output, output=with_output)
    except (HumanError, OSError) as error:
        complain(f"{NAME} export: {printable(str(error))}")
        return NOTHING
    return EXPORTED
