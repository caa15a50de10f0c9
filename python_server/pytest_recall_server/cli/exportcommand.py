"""`pytest-recall export`: write one run as a file of its own."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from pathlib import Path

from pytest_recall.commandline import Paint, until_reader_leaves
from pytest_recall_server.cli.chosenrun import add_run, chosen_run
from pytest_recall_server.cli.command import Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.showing import printable
from pytest_recall_server.errors import HumanError
from pytest_recall_server.project.exporting import export_lines, write_export


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `export` to the *commands*."""
    words = "write one run, with what its tests have printed, as a file that `import` reads"
    parser = add(commands, "export", words, answer)
    add_run(parser)
    parser.add_argument(
        "-o", "--output", metavar="FILE", type=Path, help="where to (default: standard output)"
    )
    parser.add_argument(
        "--without-output",
        action="store_true",
        help="leave out what tests have printed and logged",
    )


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Write the run."""
    target: Path | None = options.output
    if options.json and target is None:
        raise HumanError("--json needs -o FILE: the standard output is that of the run")
    run = chosen_run(options, root)
    try:
        _write(Path(run.path), target, output=not options.without_output)
    except OSError as error:
        where = "the standard output" if target is None else target
        raise HumanError(f"{where} cannot be written: {error.strerror or error}") from error
    if target is None:
        return Answer(value={}, lines=lambda _: iter(()))

    def lines(paint: Paint) -> Iterator[str]:
        yield f"{paint.good('exported')}  {printable(str(target))}: run {printable(run.id)}"

    return Answer(value={"run": run.id, "output": os.path.abspath(target)}, lines=lines)


def _write(path: Path, target: Path | None, *, output: bool) -> None:
    if target is not None:
        write_export(path, target, output=output)
        return
    with until_reader_leaves():
        sys.stdout.buffer.writelines(export_lines(path, output=output))
