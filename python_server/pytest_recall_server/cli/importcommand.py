"""`pytest-recall import`: take failures that others have reported, such as those of CI."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator, Sequence

from pytest_recall.commandline import Paint, counted
from pytest_recall_server.cli.command import (
    ANSWERED,
    LEFT,
    NOT_ANSWERED,
    Answer,
    Commands,
    add,
)
from pytest_recall_server.cli.root import Root, open_root_to_fill
from pytest_recall_server.cli.showing import printable
from pytest_recall_server.imports.matching import Unmatched
from pytest_recall_server.model.imported import Into
from pytest_recall_server.project.importing import Given, Imported, import_run

SHOWN = 50


def add_command(commands: Commands[argparse.ArgumentParser]) -> None:
    """Add `import` to the *commands*."""
    words = "take failures from JUnit XML, logs and reports, such as those of CI"
    parser = add(commands, "import", words, answer, open_root_to_fill)
    parser.add_argument("files", nargs="+", metavar="FILE", help="what to read; `-`: stdin")
    into = parser.add_mutually_exclusive_group()
    into.add_argument(
        "--add",
        dest="into",
        action="store_const",
        const="add",
        help="add the failures to those that `pytest --lf` reruns",
    )
    into.add_argument(
        "--replace",
        dest="into",
        action="store_const",
        const="replace",
        help="make the failures those that `pytest --lf` reruns; a copy of the others is kept",
    )
    parser.set_defaults(into="look")


def answer(options: argparse.Namespace, root: Root) -> Answer:
    """Import what the files tell."""
    imported = import_run(root.config, _given(options.files), options.into)
    return Answer(
        value=_value(imported),
        lines=lambda paint: _lines(imported, paint),
        status=_status(imported),
        problems=imported.problems,
    )


def _given(files: Sequence[str]) -> list[Given]:
    return [
        Given(name="standard input", data=_pieces())
        if name == "-"
        else Given(name=os.path.basename(name) or name, path=name)
        for name in files
    ]


def _pieces() -> Iterator[bytes]:
    while piece := sys.stdin.buffer.read(1 << 16):
        yield piece


def _status(imported: Imported) -> int:
    if imported.run is None:
        return NOT_ANSWERED
    return LEFT if imported.ambiguous or imported.unknown or imported.problems else ANSWERED


def _value(imported: Imported) -> dict[str, object]:
    return {
        "name": imported.name,
        "run": imported.run,
        "into": imported.into,
        "tests": len({each.id for each in imported.matched}),
        "failures": [
            {"id": each.id, "outcome": each.outcome, "message": each.message}
            for each in imported.failures
        ],
        "ambiguous": [_unmatched(each) for each in imported.ambiguous],
        "unknown": [_unmatched(each) for each in imported.unknown],
        "notes": list(imported.notes),
    }


def _unmatched(each: Unmatched) -> dict[str, object]:
    return {
        "written": each.written,
        "outcome": each.outcome,
        "why": each.why,
        "candidates": list(each.candidates),
        "candidateCount": each.count,
    }


def _lines(imported: Imported, paint: Paint) -> Iterator[str]:
    tests = {each.id for each in imported.matched}
    failures = imported.failures
    counts = (
        f"{counted(len(tests), 'test')} known here, {counted(len(failures), 'failure')},"
        f" {len(imported.ambiguous)} ambiguous, {len(imported.unknown)} unknown"
    )
    word = paint.good("imported") if imported.run else paint.bad("not imported")
    yield f"{word}  {printable(imported.name)}: {counts}"
    for note in imported.notes:
        yield paint.dim(f"  {printable(note)}")
    if imported.run:
        yield paint.dim(f"  run {imported.run}: {_INTO[imported.into]}")
    for each in failures:
        reason = f" - {each.message}" if each.message else ""
        yield f"  {paint.bad(each.outcome)}  {printable(each.id + reason)}"
    yield from _left_out("ambiguous", imported.ambiguous, paint)
    yield from _left_out("unknown", imported.unknown, paint)


_INTO: dict[Into, str] = {
    "look": "only looked at; --add or --replace puts the failures into the last failed ones",
    "add": "its failures were added to the last failed ones",
    "replace": "its failures are the last failed ones now",
}


def _left_out(word: str, left: Sequence[Unmatched], paint: Paint) -> Iterator[str]:
    # Failures first: they are what is missed.
    ordered = sorted(left, key=lambda each: each.outcome not in {"failed", "error"})
    for each in ordered[:SHOWN]:
        yield f"  {paint.warn(word)}  {printable(each.written)} ({each.outcome}): {each.why}"
        yield from (f"      {printable(one)}" for one in each.candidates)
    if len(left) > SHOWN:
        yield f"  and {len(left) - SHOWN} more that are {word}; --json tells all"
