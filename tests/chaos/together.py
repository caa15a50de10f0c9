"""Start eight runs at once, on files of their own and on shared ones, while tests get mended."""

from __future__ import annotations

import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

from tests.chaos.plan import Finding, Plan
from tests.chaos.result import NONE, Row, Tally
from tests.chaos.sides import LIMIT, Project
from tests.chaos.words import last_words, read_words

RUNS = 8
SHARED = 4
TESTS_SHARED = 6
SECONDS = 1.6
"""How long a round takes, about: things happen at random moments of it."""

OWN = """
import os, time
import pytest


@pytest.mark.parametrize("n", range(7))
def test_own(n):
    time.sleep(float(os.environ.get("CHAOS_PACE", "0")))
    assert n >= 5
"""
COMMON = """
import os, time
from pathlib import Path
import pytest


@pytest.mark.parametrize("n", range(6))
def test_shared(n):
    mended = Path(f"{Path(__file__).stem}-{n}.mended").exists()
    time.sleep(float(os.environ.get("CHAOS_PACE", "0")))
    assert mended
"""
FILES = {
    **{f"test_own_{n}.py": OWN for n in range(RUNS)},
    **{f"test_shared_{n}.py": COMMON for n in range(SHARED)},
    "test_next.py": "def test_next():\n    pass\n",
}


@dataclass(frozen=True)
class Start:
    """A run: when it is started (seconds), on which files, and how slow its tests are."""

    at: float
    files: tuple[str, ...]
    pace: float
    killed: float | None
    """When it is killed, None for never."""


@dataclass(frozen=True)
class Change:
    """A shared test is mended, or broken again."""

    at: float
    flag: str
    mended: bool


@dataclass(frozen=True)
class Round:
    """What happens in one round, on both sides alike."""

    starts: tuple[Start, ...]
    changes: tuple[Change, ...]


@dataclass
class Found(Finding):
    """What was found out about one side."""

    union: Tally = field(default_factory=Tally)
    failed: Tally = field(default_factory=Tally)
    mended: Tally = field(default_factory=Tally)
    failed_beside_dead: Tally = field(default_factory=Tally)
    mended_beside_dead: Tally = field(default_factory=Tally)


def run_together(plan: Plan) -> list[Row]:
    """Play `plan.size.rounds` rounds on each side; in every second one, two runs are killed."""
    random = plan.random("together")
    projects = [plan.project("together", side, FILES) for side in plan.sides]
    found = {project.side.name: Found() for project in projects}
    for project in projects:
        # Shared tests are known to fail; what fails in files of their own is news.
        project.run(*(f"test_shared_{n}.py" for n in range(SHARED)))
        shutil.copytree(project.cachedir, plan.pristine(project))
    for number in range(plan.size.rounds):
        deaths = RUNS // 4 * (number % 2)
        one = draw(random, deaths)
        for project in projects:
            play(plan, project, one)
            _judge(project, deaths, found[project.side.name])
    return _rows(plan, found)


def draw(random: Random, deaths: int) -> Round:
    """Draw a round in which *deaths* runs are killed."""
    stagger = random.choice((0.0, 0.3, 0.8))
    starts: list[Start] = []
    for number in range(RUNS):
        at = random.uniform(0, stagger)
        shared = random.sample(range(SHARED), 3)
        files = (f"test_own_{number}.py", *(f"test_shared_{each}.py" for each in shared))
        killed = at + random.uniform(0.5, SECONDS) if number < deaths else None
        chosen = random.sample(files, len(files))
        starts.append(Start(at, tuple(chosen), random.choice((0.002, 0.01, 0.04)), killed))
    changes: list[Change] = []
    for file in range(SHARED):
        for n in range(TESTS_SHARED):
            at, mended = 0.0, True
            while (at := at + random.uniform(0.2, SECONDS)) < SECONDS:
                changes.append(Change(at, f"test_shared_{file}-{n}.mended", mended))
                mended = not mended
    return Round(tuple(starts), tuple(changes))


def play(plan: Plan, project: Project, one: Round) -> None:
    """Let it all happen, and wait for the runs."""
    project.reset(plan.pristine(project))
    for flag in project.path.glob("*.mended"):
        flag.unlink()
    processes: list[subprocess.Popen[str]] = []

    def start(each: Start) -> Callable[[], None]:
        def begin() -> None:
            process = project.start(*each.files, CHAOS_PACE=str(each.pace))
            processes.append(process)
            if each.killed is not None:
                schedule.append((each.killed, lambda: process.send_signal(signal.SIGKILL)))
                schedule.sort(key=lambda event: event[0])

        return begin

    def change(each: Change) -> Callable[[], None]:
        flag = project.path / each.flag
        return flag.touch if each.mended else flag.unlink

    schedule: list[tuple[float, Callable[[], None]]] = []
    schedule += [(each.at, start(each)) for each in one.starts]
    schedule += [(each.at, change(each)) for each in one.changes]
    schedule.sort(key=lambda event: event[0])
    begin = time.monotonic()
    while schedule:
        at, happen = schedule.pop(0)
        time.sleep(max(0.0, begin + at - time.monotonic()))
        happen()
    for process in processes:
        process.communicate(timeout=LIMIT)


def _judge(project: Project, deaths: int, found: Found) -> None:
    after = project.forked("test_next.py")
    if after.status:
        found.note(f"the next run ended with {after.status}")
    runs = read_words(project.words)
    said = last_words(runs)
    known = project.lastfailed()
    if not deaths:
        own = {nodeid for told in runs.values() for nodeid in told.failed if "own" in nodeid}
        found.union.add(len(own & known), len(own))
    lost, back = said.failed - known, said.passed & known
    failed, mended = (
        (found.failed_beside_dead, found.mended_beside_dead)
        if deaths
        else (found.failed, found.mended)
    )
    failed.add(len(said.failed - lost), len(said.failed))
    shared = {nodeid for nodeid in said.passed if "shared" in nodeid}
    mended.add(len(shared - back), len(shared))
    for nodeids, word in ((lost, "lost"), (back, "came back")):
        if nodeids:
            beside = ", two runs killed" if deaths else ""
            found.note(f"{len(nodeids)} {word}{beside}: {sorted(nodeids)[:3]}")
    both = known & project.unfinished()
    if both:
        found.note(f"failed and unfinished: {sorted(both)[:3]}")


def _rows(plan: Plan, found: dict[str, Found]) -> list[Row]:
    ours = found[plan.sides[-1].name]
    stock = found.get("stock")
    rows: list[Row] = []
    for title, name, runs in (
        ("8 at once: failures of disjoint files kept", "union", (plan.size.rounds + 1) // 2),
        ("8 at once: shared, failed last, kept", "failed", (plan.size.rounds + 1) // 2),
        ("8 at once: shared, mended, stays so", "mended", (plan.size.rounds + 1) // 2),
        ("8 at once, 2 killed: failed last, kept", "failed_beside_dead", plan.size.rounds // 2),
        ("8 at once, 2 killed: mended, stays so", "mended_beside_dead", plan.size.rounds // 2),
    ):
        if runs:
            tally: Tally = getattr(ours, name)
            beside = str(getattr(stock, name)) if stock else NONE
            rows.append(Row(title, runs, beside, str(tally), "all", tally.whole))
    if ours.notes:
        rows[0] = Row(**{**vars(rows[0]), "notes": tuple(ours.notes)})
    return rows
