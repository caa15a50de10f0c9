"""Compare runs through the server, cold and warm, with runs of plain `pytest`.

    python -m tests.faithful [--short|--full] --source click=FOLDER --source itsdangerous=FOLDER

The table is printed at the end and written to `build/faithful/results.json`; the exit status is 1
if a run differs, or if a fault planted into the product is not found.
"""

# ruff: noqa: T201 - a script speaks on its stdout

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faithful import ways
from tests.faithful.cases import CASES, ROOT, TITLES, Case, lay_out, tidy
from tests.faithful.compare import Difference, differences
from tests.faithful.controls import copy_with
from tests.faithful.planted import FAULTS

RESULTS = ROOT / "build" / "faithful" / "results.json"
CONTROL = Case("sample", "projects")
HEAD = ("project", "environment", "arguments", "tests", "status", "cold", "warm")


@dataclass(frozen=True)
class Place:
    """Where runs take place: all at one path, since a test can see it."""

    folder: Path
    sources: dict[str, Path]

    def fresh(self, case: Case) -> Path:
        """Lay out the project of *case* anew and return where it is."""
        lay_out(case.project, self.sources, self._of(case))
        return self._of(case)

    def tidy(self, case: Case) -> None:
        """Remove what a run of *case* has left."""
        tidy(case.project, self.sources, self._of(case))

    def _of(self, case: Case) -> Path:
        return self.folder / "runs" / case.project


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", action="store_true", help="about a minute (the default)")
    form.add_argument("--full", action="store_true", help="everything, about ten minutes")
    parser.add_argument("--project", action="append", help="only cases of these projects")
    parser.add_argument("--source", action="append", default=[], metavar="PROJECT=FOLDER")
    return parser.parse_args()


def check(case: Case, place: Place) -> tuple[str, ...]:
    """Run *case* in all ways; return its row, and print what differs."""
    plain = ways.plain(case, place.fresh(case))
    order = ways.order_of(case, place.fresh(case)) if case.distributed else []
    columns = []
    for way in ways.WAYS:
        folder = place.fresh(case)
        result = ways.served(case, folder, way, partial(place.tidy, case))
        found = differences(case, plain, result.seen, order)
        columns.append(verdict(way, result, found))
        tell(f"{case.project}, {TITLES[case.environment]}, {case.title}, {way}", columns[-1], found)
    tests = len({address for address, _ in plain.tests})
    name = (case.project, TITLES[case.environment], f"`{case.title}`")
    return (*name, f"{tests:,}", str(plain.status), *columns)


def verdict(way: str, result: ways.Served, found: list[Difference]) -> str:
    """Return what the table says of a run."""
    same = "same" if not found else "DIFFERS: " + ", ".join(sorted({each.kind for each in found}))
    if way == "cold":
        return same
    if result.way is None:
        return f"{same} (never warm)"
    return same if result.way == "warm" else f"{same} ({result.way})"


def tell(title: str, said: str, found: list[Difference]) -> None:
    """Print how a run compares."""
    print(f"{title}: {said}", flush=True)
    for each in found[:10]:
        print(f"    {each.kind}: {each.detail}", flush=True)


def check_faults(place: Place) -> list[str]:
    """Plant each fault in turn; return those that are not found as what they are."""
    plain = ways.plain(CONTROL, place.fresh(CONTROL))
    missed = []
    for fault, (_, kind) in FAULTS.items():
        sources = copy_with(fault, place.folder)
        folder, again = place.fresh(CONTROL), partial(place.tidy, CONTROL)
        result = ways.served(CONTROL, folder, "cold", again, sources)
        kinds = {each.kind for each in differences(CONTROL, plain, result.seen, [])}
        print(f"planted {fault}: found {', '.join(sorted(kinds)) or 'nothing'}", flush=True)
        if kind not in kinds:
            missed.append(fault)
    return missed


def table(rows: list[tuple[str, ...]]) -> str:
    """Return *rows* as a table of Markdown."""
    lines = [HEAD, *rows]
    widths = [max(len(line[number]) for line in lines) for number in range(len(HEAD))]
    dashes = tuple("-" * width for width in widths)
    written = [HEAD, dashes, *rows]
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in written
    )


def main() -> int:
    """Compare what was asked for and print the table."""
    options = arguments()
    sources = {
        name: Path(path) for name, _, path in (each.partition("=") for each in options.source)
    }
    begin = time.monotonic()
    cases = [case for case in CASES if options.full or case.short]
    if options.project:
        cases = [case for case in cases if case.project in options.project]
    with tempfile.TemporaryDirectory(prefix="pytest-recall-faithful-") as folder:
        place = Place(Path(folder).resolve(), sources)
        rows = [check(case, place) for case in cases]
        missed = check_faults(place)
    print(f"\n{table(rows)}\n", flush=True)
    seconds = round(time.monotonic() - begin)
    print(f"faults planted into the product: {len(FAULTS) - len(missed)} of {len(FAULTS)} found")
    differing = sum(any(cell.startswith("DIFFERS") for cell in row) for row in rows)
    print(f"{differing} of {len(rows)} comparisons differ ({seconds} s)")
    RESULTS.parent.mkdir(parents=True, exist_ok=True)
    results = {"rows": [dict(zip(HEAD, row, strict=True)) for row in rows], "missed": missed}
    RESULTS.write_text(json.dumps(results, indent=2), "utf-8")
    return 1 if differing or missed else 0


if __name__ == "__main__":
    sys.exit(main())
