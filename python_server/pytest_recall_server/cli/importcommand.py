"""`pytest-recall import`: take failures that others have reported, such as those of CI."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence

from pytest_recall.commandline import NAME, Paint, add_place, complain, has_colour, say
from pytest_recall_server.cli.place import config_of, printable
from pytest_recall_server.errors import HumanError
from pytest_recall_server.imports.matching import Unmatched
from pytest_recall_server.project.importedrun import Into
from pytest_recall_server.project.importing import Given, Imported, import_run

ALL, SOME, NOTHING = 0, 1, 2
JSON_VERSION = 1
SHOWN = 50
DESCRIPTION = """\
Take failures that others have reported into the history: JUnit XML, a log with pytest's short
summary, a report of pytest-reportlog, or an exported run; `-` reads standard input. Tests are
mapped exactly: what may be several of this project, or none, is listed and left out. Exit status:
0 if everything was mapped, 1 if something was left out or could not be read, 2 if nothing was
imported."""


def add_command(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `import` to the *commands*."""
    parser = commands.add_parser(
        "import",
        help="take failures from JUnit XML, logs and reports, such as those of CI",
        description=DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
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
    parser.add_argument("--json", action="store_true", help="print JSON")
    add_place(parser)
    parser.set_defaults(run=run, into="look")


def run(options: argparse.Namespace) -> int:
    """Import, print what came of it, and return the exit status."""
    into: Into = options.into
    try:
        imported = import_run(config_of(options), _given(options.files), into)
    except HumanError as error:
        complain(f"{NAME} import: {printable(str(error))}")
        return NOTHING
    for problem in imported.problems:
        complain(f"{NAME} import: {printable(problem)}")
    if options.json:
        say(as_json(imported))
    else:
        say("\n".join(lines_of(imported, Paint(has_colour(sys.stdout)))))
    return status_of(imported)


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


def status_of(imported: Imported) -> int:
    """Return the exit status for what was *imported*."""
    if imported.run is None:
        return NOTHING
    return SOME if imported.ambiguous or imported.unknown or imported.problems else ALL


def as_json(imported: Imported) -> str:
    """Return *imported* as documented in ``docs/import.md``."""
    value = {
        "version": JSON_VERSION,
        "command": "import",
        "name": imported.name,
        "run": imported.run,
        "into": imported.into,
        "tests": len({each.id for each in imported.matched}),
        "failures": [
            {
                "id": each.id,
                "outcome": each.outcome,
                "message": each.message,
            }
            for each in imported.failures
        ],
        "ambiguous": [_unmatched(each) for each in imported.ambiguous],
        "unknown": [_unmatched(each) for each in imported.unknown],
        "notes": list(imported.notes),
        "problems": list(imported.problems),
    }
    return json.dumps(value, indent=2)


def _unmatched(each: Unmatched) -> dict[str, object]:
    return {
        "written": each.written,
        "outcome": each.outcome,
        "why": each.why,
        "candidates": list(each.candidates),
        "candidateCount": each.count,
    }


def lines_of(imported: Imported, paint: Paint) -> Iterator[str]:
    """Yield *imported* for people."""
    tests = {each.id for each in imported.matched}
    failures = imported.failures
    counts = (
        f"{_count(len(tests), 'test')} known here, {_count(len(failures), 'failure')},"
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


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
