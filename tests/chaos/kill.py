"""Kill runs at a random moment, in five ways, and see what the next run knows."""

from __future__ import annotations

import contextlib
import shutil
import signal
import subprocess
from dataclasses import dataclass, field, replace

from tests.chaos.plan import LANES, Finding, Plan, in_lanes
from tests.chaos.result import NONE, Row, Tally
from tests.chaos.sides import LIMIT, STOCK, Project
from tests.chaos.words import Told, read_words

SIGNALS = {"SIGKILL": signal.SIGKILL, "SIGTERM": signal.SIGTERM}
DEATHS = {"SIGSEGV": "segv", "os._exit": "exit", "abort": "abort"}
WAYS = (*SIGNALS, *DEATHS)
AT_END = "as the session ends"
AGAIN = 4
"""In every so many cases the next run is killed too, while it takes up the dead one."""

TESTS = """
import os, time
import pytest

FAILING = (1, 2) if os.environ.get("CHAOS_LATER") else (0, 1)


@pytest.mark.parametrize("n", range(10))
def test_call(n):
    time.sleep(0.008)
    assert n % 4 not in FAILING


@pytest.fixture
def prepared(n):
    assert n % 4 not in FAILING


@pytest.fixture
def tidied(n):
    yield
    assert n % 4 not in FAILING


@pytest.mark.parametrize("n", range(5))
def test_set_up(n, prepared):
    time.sleep(0.008)


@pytest.mark.parametrize("n", range(5))
def test_tear_down(n, tidied):
    time.sleep(0.008)
"""
FILES = {
    "test_a.py": TESTS,
    "test_b.py": TESTS,
    "test_next.py": "def test_next():\n    pass\n",
}


TESTS_IN_ALL = 40
RUN = ("test_a.py", "test_b.py")
"""What is killed; the next run is on another file, so that it has no word of its own on these."""


@dataclass(frozen=True)
class Kill:
    """One run to be killed."""

    way: str
    tests: int
    """How many tests are over by then; with all of them, the session is about to end."""
    seconds: float
    """How long after that."""
    again: float | None
    """When the next run is killed as well (seconds after its start), None for never."""

    @property
    def moment(self) -> str:
        """Under what the run is counted: the way, or that its tests were all over."""
        return AT_END if self.tests == TESTS_IN_ALL else self.way


@dataclass
class Found(Finding):
    """What was found out about one side."""

    kept: dict[str, Tally] = field(default_factory=dict)
    """Way, or that it was at the end in whichever way → failures that were news."""
    runs: dict[str, int] = field(default_factory=dict)
    mended: Tally = field(default_factory=Tally)
    unfinished: Tally = field(default_factory=Tally)


def kill_runs(plan: Plan) -> list[Row]:
    """Kill `plan.size.kills` runs of each side."""
    random = plan.random("kill")
    lanes = plan.projects("kill", FILES)
    for lane in lanes:
        for project in lane.values():
            project.run(*RUN)
            shutil.copytree(project.cachedir, plan.pristine(project))
    found = {side.name: Found() for side in plan.sides}
    jobs = [
        Kill(
            way=WAYS[number // LANES % len(WAYS)],
            tests=min(TESTS_IN_ALL, random.randrange(TESTS_IN_ALL * 8 // 7)),
            seconds=random.uniform(0.0, 0.03),
            again=random.uniform(0.05, 0.3) if number % AGAIN == 0 else None,
        )
        for number in range(plan.size.kills)
    ]

    def work(lane: int, kill: Kill) -> None:
        for name, project in lanes[lane].items():
            one = kill
            # A run that came to its end first is tried again, with a death a bit earlier.
            while not _kill_one(plan, project, one, found[name]):
                one = replace(one, seconds=one.seconds / 2)

    in_lanes(jobs, work)
    return _rows(plan, found)


def _kill_one(plan: Plan, project: Project, kill: Kill, found: Found) -> bool:
    """Kill one run, and look; tells whether it still lived."""
    project.reset(plan.pristine(project))
    before = project.lastfailed()
    if not die(project, kill):
        return False
    told = next(iter(read_words(project.words).values()), Told())
    if kill.again is not None:
        die_at_start(project, kill.again)
    shown = project.forked("--lf", "--collect-only", "-q")
    after = project.forked("test_next.py")
    if shown.status or after.status:
        found.note(f"{kill.moment}: the next run ended with {shown.status}, {after.status}")
    outstanding = shown
    if project.side is not STOCK:
        outstanding = project.forked("--recall-outstanding", "--collect-only", "-q")
    selected = (frozenset(each.selected) for each in (shown, outstanding))
    _judge(project, Case(kill.moment, told, before, *selected), found)
    return True


def die(project: Project, kill: Kill) -> bool:
    """Start a run that dies as *kill* says; tells whether it did before its end."""
    dying = {"CHAOS_LATER": "1"}
    plugin: tuple[str, ...] = ()
    if kill.way in DEATHS:
        dying["CHAOS_DEATH"] = f"{DEATHS[kill.way]}:{kill.tests}:{kill.seconds}"
        plugin = ("-p", "chaos_death")
    process = project.start(*RUN, *plugin, **dying)
    if kill.way in SIGNALS:
        project.wait_for(process, "over", kill.tests)
        try:
            process.wait(kill.seconds)
        except subprocess.TimeoutExpired:
            process.send_signal(SIGNALS[kill.way])
    process.communicate(timeout=LIMIT)
    return process.returncode not in (0, 1)


def die_at_start(project: Project, seconds: float) -> None:
    """Start a run and kill it after *seconds*, most likely before its first test."""
    process = project.start("test_next.py", CHAOS_WORDS="")
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.communicate(timeout=LIMIT)


@dataclass(frozen=True)
class Case:
    """A run that was killed, and what the next ones select."""

    moment: str
    told: Told
    before: frozenset[str]
    """The failures known before the run."""
    shown: frozenset[str]
    """What the next run selects with `--lf`."""
    outstanding: frozenset[str]
    """What the next one selects with `--recall-outstanding`, which stock pytest does not have."""


def _judge(project: Project, case: Case, found: Found) -> None:
    way, told, before = case.moment, case.told, case.before
    known, unfinished = project.lastfailed(), project.unfinished()
    news = told.failed - before
    lost = told.failed - (known & case.shown)
    found.runs[way] = found.runs.get(way, 0) + 1
    found.kept.setdefault(way, Tally()).add(len(news - lost), len(news))
    mended = (told.passed - told.doubtful) & before
    back = mended & known
    found.mended.add(len(mended - back), len(mended))
    due = frozenset(told.selected) - told.failed - told.passed - told.doubtful - before
    # A test that had failed before is known as such, reached or not.
    missing = due - (unfinished & case.outstanding) - known
    found.unfinished.add(len(due - missing), len(due))
    wrong = ((told.over - told.doubtful) | known) & unfinished
    for nodeids, word in (
        (lost, "lost"),
        (back, "mended still failed"),
        (missing, "unfinished unknown"),
        (wrong, "wrongly unfinished"),
    ):
        if nodeids:
            found.note(f"{way}: {len(nodeids)} {word}: {sorted(nodeids)[:3]}")


def _rows(plan: Plan, found: dict[str, Found]) -> list[Row]:
    ours, stock = found[plan.sides[-1].name], found.get("stock")
    rows: list[Row] = []
    for way in (*WAYS, AT_END):
        if way in ours.runs:
            beside = str(stock.kept[way]) if stock else NONE
            notes = tuple(note for note in ours.notes if note.startswith(way))
            tally = ours.kept[way]
            # In the short form few die in each way, and perhaps before anything new has failed.
            ok = tally.kept == tally.of and not notes
            title = f"killed by {way}" if way != AT_END else f"killed {way}"
            rows.append(
                Row(f"{title}: failures kept", ours.runs[way], beside, str(tally), "all", ok, notes)
            )
    runs = sum(ours.runs.values())
    for title, name in (
        ("killed: mended tests forgotten", "mended"),
        ("killed: tests not reached are known", "unfinished"),
    ):
        tally = getattr(ours, name)
        beside = str(getattr(stock, name)) if stock else NONE
        rows.append(Row(title, runs, beside, str(tally), "all", tally.whole))
    return rows
