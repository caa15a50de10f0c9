"""`pytest-recall show RUN`: what one run has told."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from pytest_recall.commandline import Paint, counted
from pytest_recall_server.cli import runline
from pytest_recall_server.cli.chosenrun import add_run, chosen_run
from pytest_recall_server.cli.command import Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.showing import (
    ago,
    outcomes,
    place_words,
    printable,
    result_value,
    table,
)
from pytest_recall_server.model.pastruns import PastRun, RunTold
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.wording import span_of_time
from pytest_recall_server.project.pastruns import told


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `show` to the *commands*."""
    words = "print what one run has told: how it went, what failed, what it did not finish"
    parser = add(commands, "show", words, answer)
    add_run(parser)
    parser.add_argument("--all", action="store_true", help="list all its tests")


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Return what the run has told."""
    run = chosen_run(options, root)
    found = told(run)
    value = {
        "run": {
            **runline.value(run),
            "runRootdir": run.rootdir,
            "versions": dict(run.versions),
        },
        "tests": [{"id": each.id, **result_value(each)} for each in found.tests],
        "broken": [{"id": each.id, **result_value(each)} for each in found.broken],
        "unfinished": [each.id for each in found.unfinished],
        "notices": list(found.notices),
    }

    def lines(paint: Paint) -> Iterator[str]:
        yield from _head(run, paint)
        yield from _body(found, paint)
        if options.all and found.tests:
            yield ""
            yield from _tests(found.tests, paint)

    return Answer(value=value, lines=lines)


def _head(run: PastRun, paint: Paint) -> Iterator[str]:
    ended = runline.painters(paint)[1]
    how = runline.how_ended(run)
    took = "" if run.duration is None else f", took {span_of_time(run.duration)}"
    counts = f", {outcomes(run.counts)}" if run.counts else ""
    when = f"{'began' if run.imported is None else 'imported'} {ago(run.when) or 'unknown'}"
    yield f"{ended(how) if ended else how}{counts}{took}, {when}"
    yield f"  {printable(runline.origin(run))}{_written(run)}"
    versions = ", ".join(f"{name} {version}" for name, version in run.versions.items())
    yield paint.dim(printable(f"  {run.id} {versions}".rstrip()))


def _written(run: PastRun) -> str:
    when = ago(run.imported.when) if run.imported is not None else ""
    return f", written {when}" if when else ""


def _body(found: RunTold, paint: Paint) -> Iterator[str]:
    for notice in found.notices:
        yield paint.warn(printable(notice))
    for each in found.failures:
        yield ""
        yield f"{paint.bad(each.outcome)}  {printable(each.id)}"
        if each.message:
            yield f"  {printable(each.message)}"
        if each.place is not None:
            yield f"  at {printable(place_words(each.place))}"
    if found.unfinished:
        yield ""
        yield paint.warn(f"{counted(len(found.unfinished), 'test')} not finished")
        yield from (f"  {printable(each.id)}" for each in found.unfinished)


def _tests(tests: Sequence[Result], paint: Paint) -> Iterator[str]:
    rows = [
        (
            each.outcome,
            "" if each.duration is None else span_of_time(each.duration),
            each.id,
        )
        for each in tests
    ]

    def outcome(cell: str) -> str:
        return paint.bad(cell) if cell in {"failed", "error"} else paint.good(cell)

    yield from table(rows, (outcome, paint.dim, None))
