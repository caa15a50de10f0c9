"""Kill a worker of pytest-xdist at a random moment, and see what is known afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from dataclasses import dataclass, field

from tests.chaos.plan import Finding, Plan
from tests.chaos.result import NONE, Row, Tally
from tests.chaos.sides import LIMIT, Project, clear
from tests.chaos.words import Told, read_words

WORKERS = 4
TESTS = """
import time
import pytest


@pytest.mark.parametrize("n", range(16))
def test_it(n):
    time.sleep(0.03)
    assert n % 3
"""
RUN = tuple(f"test_{n}.py" for n in range(4))
FILES = {**dict.fromkeys(RUN, TESTS), "test_next.py": "def test_next():\n    pass\n"}
WAYS = (
    (),
    ("--max-worker-restart=0",),
    ("--max-worker-restart=0", "--dist=loadfile"),
    ("--max-worker-restart=1",),
)


@dataclass
class Found(Finding):
    """What was found out about one side."""

    failed: Tally = field(default_factory=Tally)
    undone: Tally = field(default_factory=Tally)
    hung: int = 0


def kill_workers(plan: Plan) -> list[Row]:
    """Kill a worker in `plan.size.workers` runs of each side."""
    random = plan.random("workers")
    projects = [plan.project("workers", side, FILES) for side in plan.sides]
    found = {project.side.name: Found() for project in projects}
    for number in range(plan.size.workers):
        # A replaced worker lets nothing remain, so most runs are those without one.
        way = WAYS[(number + 1) % len(WAYS)]
        moment, choice = random.uniform(0.0, 0.45), random.randrange(WORKERS)
        for project in projects:
            _kill_one(project, way, moment, choice, found[project.side.name])
    return _rows(plan, found)


def _kill_one(
    project: Project, way: tuple[str, ...], moment: float, choice: int, found: Found
) -> None:
    clear(project.cachedir)
    project.words.unlink(missing_ok=True)
    pids = project.path.with_name(f"{project.path.name}.pids")
    clear(pids)
    pids.mkdir()
    plugins = ("-p", "xdist.plugin", "-p", "chaos_pids")
    process = project.start(*plugins, "-n", str(WORKERS), *way, *RUN, CHAOS_PIDS=str(pids))
    # Workers begin with their tests once all have collected.
    project.wait_for(process, "began", 1)
    time.sleep(moment)
    alive = sorted(int(path.name) for path in pids.iterdir())
    with contextlib.suppress(ProcessLookupError):
        os.kill(alive[choice % len(alive)], signal.SIGKILL)
    try:
        process.communicate(timeout=LIMIT / 2)
    except subprocess.TimeoutExpired:
        found.hung += 1
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
    _judge(project, way, next(iter(read_words(project.words).values()), Told()), found)


def _judge(project: Project, way: tuple[str, ...], told: Told, found: Found) -> None:
    after = project.forked("test_next.py")
    if after.status:
        found.note(f"the next run ended with {after.status}")
    known, unfinished = project.lastfailed(), project.unfinished()
    lost = told.failed - known
    found.failed.add(len(told.failed - lost), len(told.failed))
    undone = frozenset(told.selected) - told.failed - told.over
    unknown = undone - unfinished - known
    found.undone.add(len(undone - unknown), len(undone))
    wrong = unfinished & (told.over | known)
    for nodeids, word in ((lost, "lost"), (unknown, "unknown"), (wrong, "wrongly unfinished")):
        if nodeids:
            found.note(f"{' '.join(way)}: {len(nodeids)} {word}: {sorted(nodeids)[:3]}")


def _rows(plan: Plan, found: dict[str, Found]) -> list[Row]:
    ours, stock = found[plan.sides[-1].name], found.get("stock")
    rows = []
    for title, name in (
        ("xdist -n 4, a worker killed: failures kept", "failed"),
        ("xdist -n 4, a worker killed: tests not run are known", "undone"),
    ):
        tally: Tally = getattr(ours, name)
        beside = str(getattr(stock, name)) if stock else NONE
        ok = tally.whole and not ours.notes
        rows.append(Row(title, plan.size.workers, beside, str(tally), "all", ok, tuple(ours.notes)))
        ours.notes = []
    return rows
