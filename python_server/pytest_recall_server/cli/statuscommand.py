"""`pytest-recall status`: how many tests are failed, unfinished and new, and the last run."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator

from pytest_recall.commandline import Paint, counted
from pytest_recall_server.cli import runline
from pytest_recall_server.cli.command import ANSWERED, LEFT, Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.showing import printable, table
from pytest_recall_server.project.census import totals_of
from pytest_recall_server.project.counting import counts_of
from pytest_recall_server.project.pastruns import all_runs


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `status` to the *commands*."""
    words = "print how many tests are failed, unfinished and new, and how the last run ended"
    parser = add(commands, "status", words, answer)
    add_exit_code(parser)


def add_exit_code(parser: argparse.ArgumentParser) -> None:
    """Add the option by which scripts ask whether anything is outstanding."""
    parser.add_argument(
        "--exit-code", action="store_true", help="exit with 1 if a test is failed or unfinished"
    )


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Return how the tests stand."""
    root.read_past()
    totals = asyncio.run(totals_of(root.config, root.history, root.parser))
    memory = root.history.memory()
    counts = counts_of(totals, memory, (), 0)
    new = None if memory.seen is None else counts.new
    found = all_runs(root.cachedir)
    running = [run for run in found if runline.state(run) == "running"]
    # What was imported is no run of the tests here.
    own = [run for run in found if run.imported is None]
    last = next((run for run in own if runline.state(run) in {"ended", "interrupted"}), None)
    value = {
        "failed": counts.failed,
        "unfinished": counts.unfinished,
        "outstanding": counts.failed + counts.unfinished,
        "new": new,
        "tests": counts.total,
        "lastRun": None if last is None else runline.value(last),
        "running": [run.id for run in running],
    }

    def lines(paint: Paint) -> Iterator[str]:
        failed = f"{counts.failed} failed"
        unfinished = f"{counts.unfinished} unfinished"
        fresh = "new not known" if new is None else f"{new} new"
        heads = (
            paint.bad(failed) if counts.failed else failed,
            paint.warn(unfinished) if counts.unfinished else unfinished,
            paint.good(fresh) if new else fresh,
        )
        yield f"{', '.join(heads)}, of {counted(counts.total, 'test')}"
        if last is None:
            only_imported = any(run.imported is not None for run in found)
            why = "only imported ones" if only_imported else "stock pytest keeps none"
            yield f"no run is recorded: {why}"
        else:
            (row,) = table([("last run", *runline.row(last))], (None, *runline.painters(paint)))
            yield row
        for run in running:
            yield f"running   {printable(run.id)}"

    is_left = options.exit_code and value["outstanding"]
    return Answer(value=value, lines=lines, status=LEFT if is_left else ANSWERED)
