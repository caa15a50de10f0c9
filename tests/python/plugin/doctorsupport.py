"""What the doctor's tests have in common: a project that ran, its cache, and what is found."""

from __future__ import annotations

import time
from pathlib import Path

from tests.python.plugin.support import Project

from pytest_recall import journal, salvage
from pytest_recall.doctor import Report, examine, repair
from pytest_recall.journal import Event
from pytest_recall.journalwriter import Writer

SUITE = {
    "test_a.py": "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): assert 0\n",
    "test_b.py": "class TestB:\n    def test_4(self): assert 0\n    def test_5(self): pass\n",
}
FAILED = ["test_a.py::test_2", "test_a.py::test_3", "test_b.py::TestB::test_4"]
DEAD_RUN = "20200101T000000.000000Z-1-00000000"


def run_once(project: Project) -> Project:
    """Write the suite and run it with ours."""
    project.write(SUITE)
    project.ours()
    return project


def cache(project: Project) -> Path:
    """Return the cache directory."""
    return project.path / ".pytest_cache"


def look(project: Project) -> Report:
    """Examine the project."""
    return examine(cache(project), project.path)


def mended(project: Project) -> Report:
    """Repair the project and see that a second time finds nothing to do."""
    report = repair(look(project))
    again = repair(report)
    assert again.findings == report.findings
    assert not again.repairs
    return report


def problems(report: Report) -> list[tuple[str, str]]:
    """Return the problems as pairs of kind and path."""
    return [(finding.kind, finding.path) for finding in report.problems]


def notes(report: Report) -> list[str]:
    """Return the kinds of the notes."""
    return [finding.kind for finding in report.findings if finding.level == "note"]


def asides(project: Project) -> list[Path]:
    """Return what was set aside in the cache directory."""
    return sorted(
        path for path in cache(project).rglob("*") if salvage.ASIDE.match(path.name) is not None
    )


def write_dead(project: Project, *events: Event, name: str = DEAD_RUN, **run: object) -> Path:
    """Write the journal of a run that was killed."""
    path = journal.runs_directory(cache(project)) / f"{name}.jsonl"
    writer = Writer(path)
    start = {"event": "run", "format": 1, "run": name, "time": time.time() + 5, **run}
    for event in (start, *events):
        writer.write(event)
    writer.close()
    return path


def failure(nodeid: str) -> Event:
    """Return the `test` event of a failure."""
    return {"event": "test", "id": nodeid, "outcome": "failed", "time": time.time() + 6}
