"""Kill, crash, crowd and damage runs of pytest, stock and ours in turn, and see what is lost.

    python -m tests.chaos [--short|--full] [--trial NAME]… [--seed N] [--plant FAULT]

The table of all figures is printed at the end and written to `build/chaos/results.json`; the exit
status is 1 if ours misses a bar. `--plant` puts a fault into ours, so that a bar must be missed.
"""

# ruff: noqa: T201 - a script speaks on its stdout

from __future__ import annotations

import argparse
import os
import platform
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from tests.chaos import controls
from tests.chaos.damage import damage_files
from tests.chaos.disk import spoil_directories
from tests.chaos.kill import kill_runs
from tests.chaos.plan import FULL, SHORT, Plan, Trial
from tests.chaos.result import Row, table, write_json
from tests.chaos.sides import PLUGINS, end_forking, planted
from tests.chaos.together import run_together
from tests.chaos.workers import kill_workers
from tests.chaos.writes import kill_writers, read_during_writes
from tests.python.plugin import support

RESULTS = Path(__file__).parents[2] / "build" / "chaos" / "results.json"
TRIALS: dict[str, Trial] = {
    "kill": kill_runs,
    "together": run_together,
    "writers": kill_writers,
    "reads": read_during_writes,
    "damage": damage_files,
    "workers": kill_workers,
    "disk": spoil_directories,
    "controls": controls.catch_faults,
}


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--short", action="store_true", help="about a minute (the default)")
    form.add_argument("--full", action="store_true", help="about twenty minutes")
    parser.add_argument("--trial", action="append", choices=list(TRIALS))
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    parser.add_argument("--plant", choices=sorted(controls.FAULTS))
    return parser.parse_args()


def machine() -> str:
    """Return what the figures were measured on, in one line."""
    system = f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores"
    return f"{system}, Python {platform.python_version()}, pytest {pytest.__version__}"


def perform(plan: Plan, trials: Sequence[str]) -> list[Row]:
    """Run *trials* and return all their rows."""
    rows: list[Row] = []
    for name in trials:
        begin = time.monotonic()
        of_trial = TRIALS[name](replace(plan, folder=plan.folder / name))
        rows += of_trial
        missed = sum(not row.ok for row in of_trial)
        verdict = f"{missed} bars missed" if missed else "ok"
        print(f"{name}: {verdict}, {time.monotonic() - begin:.0f} s", flush=True)
        for row in of_trial:
            for note in row.notes:
                print(f"    {row.trial}: {note}", flush=True)
    return rows


def main() -> int:
    """Run what was asked for and print the table."""
    options = arguments()
    support.EXTRA_PATHS = (str(PLUGINS),)
    form = "full" if options.full else "short"
    about: dict[str, object] = {"form": form, "seed": options.seed, "machine": machine()}
    print(f"{form} form, seed {options.seed}, {machine()}", flush=True)
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pytest-recall-chaos-") as folder:
        # What runs leave in the temporary directory goes with the rest.
        os.environ["TMPDIR"] = str(Path(folder) / "tmp")
        Path(os.environ["TMPDIR"]).mkdir()
        plan = Plan(Path(folder), options.seed, FULL if options.full else SHORT)
        if options.plant:
            plan = replace(plan, sides=(*plan.sides[:-1], planted(options.plant)))
        rows = perform(plan, options.trial or list(TRIALS))
        end_forking()
    print(f"\n{table(rows, pytest.__version__)}\n", flush=True)
    about["seconds"] = round(time.monotonic() - begin)
    write_json(RESULTS, rows, about)
    missed = [row for row in rows if not row.ok]
    print(f"{len(missed)} bars missed" if missed else "no bar missed", f"({about['seconds']} s)")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
