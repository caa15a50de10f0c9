"""`pytest-recall preview`: which tests a run would take, in which order; none is started."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator

from pytest_recall.commandline import Paint, counted
from pytest_recall_server.cli.command import Answer, Commands, add
from pytest_recall_server.cli.root import Root
from pytest_recall_server.cli.selecting import SELECTIONS, as_spelled_here, foresee
from pytest_recall_server.cli.showing import Painter, printable, table
from pytest_recall_server.model.changes import Selection, SelectionKind
from pytest_recall_server.model.preview import Preview, Why

_WORDS: dict[Why, str] = {
    "all": "",
    "selected": "asked for",
    "failed": "failed",
    "unfinished": "not finished",
    "new": "new",
    "known": "",
    "goesOn": "goes on here",
    "notPassed": "not passed yet",
}


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `preview` to the *commands*."""
    words = "print which tests a run would take, in which order and why, without running any"
    parser = add(commands, "preview", words, answer)
    group = parser.add_mutually_exclusive_group(required=True)
    for each in SELECTIONS:
        group.add_argument(
            *each.flags, dest="kind", action="store_const", const=each.kind, help=each.words
        )
    parser.add_argument(
        "ids", nargs="*", metavar="ID", help="only these tests, classes, files and folders"
    )


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Return what would run."""
    kind: SelectionKind = options.kind
    selection = Selection(kind=kind, ids=as_spelled_here(options.ids, root))
    found = asyncio.run(foresee(root, selection)).found
    value = {
        "selection": kind,
        "tests": [{"id": each.id, "why": each.why} for each in found.tests],
        "deselected": found.deselected,
        "status": found.status,
        "certain": found.certain,
    }
    return Answer(value=value, lines=lambda paint: _lines(found, paint))


def _lines(found: Preview, paint: Paint) -> Iterator[str]:
    yield from table([(each.id, _WORDS[each.why]) for each in found.tests], (None, _painter(paint)))
    left = f", {found.deselected} deselected" if found.deselected else ""
    yield paint.bold(f"{counted(len(found.tests), 'test')} would run{left}")
    if found.status:
        yield printable(found.status)
    if not found.certain:
        yield paint.warn("this is not certain: parsing and the cache do not tell all of it")


def _painter(paint: Paint) -> Painter:
    def paint_why(cell: str) -> str:
        return paint.bad(cell) if cell == "failed" else paint.dim(cell)

    return paint_why
