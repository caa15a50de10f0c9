"""Import what pytest writes about real projects with seeded failures, and compare with the truth.

    python -m tests.roundtrip [--short|--full] --source click=FOLDER --source packaging=FOLDER

The table is printed at the end; the exit status is 1 if an id is wrong, missing, or unknown.
"""

# ruff: noqa: T201 - a script speaks on its stdout

from __future__ import annotations

import argparse
import itertools
import sys
import tempfile
import time
from pathlib import Path

from tests.roundtrip.trips import Knowledge, Outcome, Source, Trip, take

SOURCES: tuple[Source, ...] = ("xunit1", "xunit2", "log", "CI log")
KNOWLEDGE: tuple[Knowledge, ...] = ("parsing", "cache")
EVERY = {"click": 18, "packaging": 150}
SHORT = (
    Trip(
        project="click",
        source="xunit2",
        workers=0,
        knowledge="parsing",
        paths=("tests/test_options.py", "tests/test_arguments.py", "tests/test_basic.py"),
    ),
    Trip(
        project="click",
        source="CI log",
        workers=2,
        knowledge="cache",
        paths=("tests/test_options.py", "tests/test_formatting.py"),
    ),
    Trip(
        project="packaging",
        source="xunit1",
        workers=0,
        knowledge="parsing",
        paths=("tests/test_utils.py", "tests/test_tags.py"),
        every=40,
    ),
)
HEAD: tuple[str, ...] = (
    *("project", "source", "workers", "known by", "told", "exact", "ambiguous", "unknown"),
    *("wrong", "missing"),
)


def full() -> list[Trip]:
    """Return all trips."""
    every = itertools.product(EVERY, SOURCES, (0, 2), KNOWLEDGE)
    return [
        Trip(
            project=project,
            source=source,
            workers=workers,
            knowledge=knowledge,
            every=EVERY[project],
        )
        for project, source, workers, knowledge in every
    ]


def row(trip: Trip, outcome: Outcome) -> tuple[str, ...]:
    """Return the line of the table."""
    name = (trip.project, trip.source, str(trip.workers or "none"), trip.knowledge)
    counts = (outcome.told, outcome.exact, outcome.ambiguous)
    lists = (outcome.unknown, outcome.wrong, outcome.missing)
    return (*name, *(f"{each:,}" for each in (*counts, *map(len, lists))))


def main() -> int:
    """Make the trips and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", action="store_true", help="less than a minute (the default)")
    form.add_argument("--full", action="store_true", help="everything, about ten minutes")
    parser.add_argument("--source", action="append", default=[], metavar="PROJECT=FOLDER")
    options = parser.parse_args()
    sources = {
        name: Path(path) for name, _, path in (each.partition("=") for each in options.source)
    }
    begin, rows, bad = time.monotonic(), [], 0
    with tempfile.TemporaryDirectory(prefix="pytest-recall-roundtrip-") as folder:
        for trip in full() if options.full else SHORT:
            outcome = take(trip, sources, Path(folder).resolve())
            rows.append(row(trip, outcome))
            bad += not outcome.is_good
            print(" · ".join(rows[-1]), flush=True)
            for title in ("unknown", "wrong", "missing"):
                for each in getattr(outcome, title)[:5]:
                    print(f"    {title}: {each!r}", flush=True)
    print()
    for line in (HEAD, ("---",) * len(HEAD), *rows):
        print(f"| {' | '.join(line)} |")
    print(f"\n{bad} of {len(rows)} round trips are bad ({round(time.monotonic() - begin)} s)")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
