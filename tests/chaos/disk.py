"""Let the cache directory be unusable in every way, and see that a run's result stays the same."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.chaos.cases import CASES, Case
from tests.chaos.plan import Finding, Plan, in_lanes
from tests.chaos.result import NONE, Row, Tally
from tests.chaos.sides import LIMIT, Project, Side, clear

TESTS = """
import os, shutil, time
import pytest


@pytest.mark.parametrize("n", range(8))
def test_it(n, pytestconfig):
    remove = os.environ.get("CHAOS_REMOVE")
    if remove and n == 3:
        shutil.rmtree(pytestconfig.cache._cachedir / remove, ignore_errors=True)
    print("o" * 9000)
    assert n % 2
"""
AT_THE_END = """
import os, shutil
import pytest


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session):
    if "CHAOS_REMOVE_AT_END" in os.environ:
        shutil.rmtree(session.config.cache._cachedir, ignore_errors=True)
"""
FILES = {"test_a.py": TESTS, "conftest.py": AT_THE_END}
CALLS: tuple[tuple[str, ...], ...] = (
    (),
    ("-W", "error"),
    ("--lf",),
    ("--sw",),
    ("-p", "xdist.plugin", "-n", "2"),
)
"""How pytest is called."""
BAR = "same status, at most one warning, values whole"
KNOWN = "test_a.py::test_it[2]"
"""A failure that is known before, and that fails again."""
PAD = 3_703
OTHERS = [f"test_gone.py::test_other[{number:04}]" for number in range(300)]
STORED = {
    # Just under four blocks: with the failures of the run it will not fit into where it is.
    "cache/lastfailed": dict.fromkeys([KNOWN, *OTHERS, "test_gone.py::" + "x" * PAD], True),
    "cache/nodeids": [f"test_a.py::test_it[{n}]" for n in range(8)],
}


@dataclass
class Found(Finding):
    """What was found out about one side."""

    same: dict[str, Tally] = field(default_factory=dict)
    """Kind of case → runs whose exit status, warnings and stored values are as they should be."""


def spoil_directories(plan: Plan) -> list[Row]:
    """Meet each case with each call, or with some of them, on each side."""
    lanes = plan.projects("disk", FILES)
    found = {side.name: Found() for side in plan.sides}
    expected = {call: _status_without(lanes[0], call) for call in CALLS}
    can_mount = sys.platform == "linux" and os.geteuid() == 0
    cases = [case for case in CASES if can_mount or not case.mounted]
    each = plan.size.each_case
    # With fewer calls than there are, the cases take them in turn.
    jobs = [
        (case, CALLS[(number + turn) % len(CALLS)])
        for number, case in enumerate(cases[plan.seed % each :: each])
        for turn in range(plan.size.calls)
    ]

    def work(lane: int, job: tuple[Case, tuple[str, ...]]) -> None:
        for name, project in lanes[lane].items():
            _meet(project, *job, expected[job[1]], found[name])

    in_lanes(jobs, work)
    return _rows(plan, found, can_mount=can_mount)


def _status_without(lane: dict[str, Project], call: tuple[str, ...]) -> int:
    """Return the exit status of a run that nothing hinders, with pytest's own cache."""
    project = next(iter(lane.values()))
    healthy = Project(project.path, Side("healthy", ()))
    clear(healthy.cachedir)
    store(healthy.cachedir)
    status, _output = healthy.run(*call)
    clear(healthy.cachedir)
    return status


def store(cachedir: Path) -> None:
    """Write what is known before, as pytest writes it."""
    for key, value in STORED.items():
        path = cachedir / "v" / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(value, indent=2), "utf-8")


def _meet(project: Project, case: Case, call: tuple[str, ...], expected: int, found: Found) -> None:
    with prepared(project, case):
        status, output = run(project, case, call)
        whole = has_whole_values(project, case)
    faults = []
    if status != expected:
        faults.append(f"status {status} instead of {expected}")
    if "INTERNALERROR" in output or "Traceback (most recent call last)" in output:
        faults.append("exception")
    warnings = output.count("PytestCacheWarning: ") + output.count("warning: ")
    if warnings > 1:
        faults.append(f"{warnings} warnings")
    if not whole:
        faults.append("stored values damaged")
    found.same.setdefault(case.kind, Tally()).add(not faults, 1)
    if faults:
        tail = output[-400:] if "exception" in faults else ""
        text = f"{case.kind}: {case.name} {' '.join(call)}: {', '.join(faults)} {tail}"
        found.note(text.strip())


@contextlib.contextmanager
def prepared(project: Project, case: Case) -> Iterator[None]:
    """Let *case* be the case; everything is as before afterwards."""
    shutil.rmtree(project.path / "tmp", ignore_errors=True)
    (project.path / "tmp").mkdir()
    clear(project.cachedir)
    project.cachedir.mkdir()
    try:
        if case.mounted:
            mount = ["mount", "-t", "tmpfs", "-o", f"size={case.size}k", "tmpfs"]
            subprocess.run([*mount, str(project.cachedir)], check=True)
        store(project.cachedir)
        case.prepare(project.cachedir)
        yield
    finally:
        project.path.chmod(0o755)
        if case.mounted:
            subprocess.run(["umount", str(project.cachedir)], check=True)
        clear(project.cachedir)


def run(project: Project, case: Case, call: tuple[str, ...]) -> tuple[int, str]:
    """Run pytest without a superuser's rights; let the case's background work go on meanwhile."""
    command = project.command(*call)
    if os.geteuid() == 0 and shutil.which("setpriv"):
        command = ["setpriv", "--bounding-set=-dac_override,-dac_read_search", *command]
    environment = {**project.environment(), "TMPDIR": str(project.path / "tmp"), **case.environment}
    process = subprocess.Popen(
        command,
        cwd=project.path,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        stdin=subprocess.DEVNULL,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + LIMIT
    while case.meanwhile is not None and process.poll() is None:
        if time.monotonic() > deadline:
            os.killpg(process.pid, signal.SIGKILL)
        case.meanwhile(project.cachedir)
        time.sleep(0.005)
    output, _ = process.communicate(timeout=LIMIT)
    return process.returncode, output


def has_whole_values(project: Project, case: Case) -> bool:
    """Tell whether what was stored is still there, where it could be read at all."""
    if not case.keeps:
        return True
    for path in project.cachedir.rglob("*"):
        if path.is_file() and not os.access(path, os.R_OK):
            path.chmod(0o644)
    return project.lastfailed() >= set(STORED["cache/lastfailed"]) and project.ids(
        "cache/nodeids"
    ) >= set(STORED["cache/nodeids"])


def _rows(plan: Plan, found: dict[str, Found], *, can_mount: bool) -> list[Row]:
    ours, stock = found[plan.sides[-1].name], found.get("stock")
    rows = [
        Row(
            f"{kind}: as a run without a cache",
            tally.of,
            str(stock.same[kind]) if stock else NONE,
            str(tally),
            BAR,
            tally.whole,
            tuple(note for note in ours.notes if note.startswith(kind)),
        )
        for kind, tally in ours.same.items()
    ]
    if not can_mount:
        rows.append(
            Row("full and read-only file systems: left out, need root", 0, "", "", "", ok=True)
        )
    return rows
