"""Plant faults into ours: the trial that is there for a fault must miss its bar."""

from __future__ import annotations

from dataclasses import replace

from tests.chaos.damage import damage_files
from tests.chaos.disk import spoil_directories
from tests.chaos.kill import kill_runs
from tests.chaos.plan import Plan, Size, Trial
from tests.chaos.result import NONE, Row
from tests.chaos.sides import planted
from tests.chaos.together import run_together
from tests.chaos.writes import read_during_writes

FAULTS: dict[str, tuple[Trial, str]] = {
    "torn_writes": (read_during_writes, "reader"),
    "buffered_journal": (kill_runs, "killed by SIGKILL"),
    "last_writer_wins": (run_together, "8 at once: failures of disjoint files"),
    "strict_reader": (damage_files, "damaged files: runs that failed"),
    "fatal_writes": (spoil_directories, "full disk"),
}
"""Faults (`plugins/planted_<fault>.py`), the trials that are to find them, and in which row."""
SMALL = Size(kills=4, rounds=1, reads=150, step=5_000, flips=30, each_case=9)


def catch_faults(plan: Plan) -> list[Row]:
    """Run a small form of each fault's trial with the fault in ours."""
    missed = [fault for fault in FAULTS if not _finds(plan, fault)]
    notes = tuple(f"{fault} was not noticed" for fault in missed)
    caught = f"{len(FAULTS) - len(missed)} of {len(FAULTS)}"
    return [Row("faults planted into ours: noticed", 1, NONE, caught, "all", not missed, notes)]


def _finds(plan: Plan, fault: str) -> bool:
    trial, title = FAULTS[fault]
    folder, sides = plan.folder / fault, (planted(fault),)
    small = replace(plan, folder=folder, size=SMALL, sides=sides, seed=0)
    return any(not row.ok for row in trial(small) if row.trial.startswith(title))
