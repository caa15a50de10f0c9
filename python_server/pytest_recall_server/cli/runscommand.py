"""`pytest-recall runs`: the runs that are recorded."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from pytest_recall.commandline import Paint
from pytest_recall_server.cli import runline
from pytest_recall_server.cli.command import Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.showing import table
from pytest_recall_server.project.pastruns import all_runs


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `runs` to the *commands*."""
    add(commands, "runs", "list the recorded runs, the newest first", answer)


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Return the runs."""
    del options
    found = all_runs(root.cachedir)

    def lines(paint: Paint) -> Iterator[str]:
        if not found:
            yield "no run is recorded: stock pytest keeps none"
        yield from table(
            [runline.row(run) for run in found], runline.painters(paint), runline.HEADS
        )

    return Answer(value={"runs": [runline.value(run) for run in found]}, lines=lines)
