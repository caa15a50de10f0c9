"""A project of 10,000 tests and 100 runs: what need not be read is not read."""

from __future__ import annotations

import argparse
import json
import os
import time

import pytest
from tests.python.cli.support import Commands
from tests.python.plugin.support import Project

from pytest_recall import journal
from pytest_recall_server.cli import failedcommand, statuscommand
from pytest_recall_server.project import earlier

FILES, EACH, RUNS = 500, 20, 100
SOURCE = "".join(f"def test_{number}():\n    pass\n\n\n" for number in range(EACH))


@pytest.fixture
def large(project: Project) -> Project:
    """Return a project whose newest run has collected and run everything, and others little."""
    for number in range(FILES):
        path = project.path / f"part_{number % 10}" / f"test_{number}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(SOURCE)
        os.utime(path, (1_700_000_000, 1_700_000_000))
    ids = sorted(
        f"part_{file % 10}/test_{file}.py::test_{test}"
        for file in range(FILES)
        for test in range(EACH)
    )
    project.set_key("cache/nodeids", ids)
    project.set_key("cache/lastfailed", dict.fromkeys(ids[:50], True))
    now = time.time()
    for run in range(RUNS):
        write_run(project, ids if run == RUNS - 1 else ids[run : run + 100], now - RUNS + run)
    return project


def write_run(project: Project, ids: list[str], began: float) -> None:
    """Write the journal of a run of the tests *ids*."""
    name = f"{time.strftime('%Y%m%dT%H%M%S', time.gmtime(began))}.000000Z-1-00000000"
    files: dict[str, list[list[object]]] = {}
    for each in ids:
        path, _, test = each.partition("::")
        files.setdefault(path, []).append([f"::{test}", 1])
    events: list[journal.Event] = [
        {"event": "run", "format": 1, "run": name, "time": began, "args": []}
    ]
    for path, tests in files.items():
        partial = len(tests) < EACH
        events.append({"event": "file", "path": path, "tests": tests, "partial": partial})
    for number, each in enumerate(ids):
        outcome = "failed" if number < 50 else "passed"
        took = {"call": 0.001}
        told = {"event": "test", "id": each, "outcome": outcome, "duration": took, "time": began}
        events.append({**told})
    counts = {"passed": len(ids) - 50, "failed": 50}
    events.append({"event": "end", "status": 1, "counts": counts})
    directory = journal.runs_directory(project.path / ".pytest_cache")
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.jsonl").write_bytes(b"".join(map(journal.encode, events)))


def test_status_parses_only_what_no_run_has_told_of(large: Project, recall: Commands) -> None:
    options = argparse.Namespace(exit_code=False)
    root = recall.root()
    told = statuscommand.answer(options, root)
    (large.path / "part_0" / "test_0.py").write_text(f"{SOURCE}def test_new():\n    pass\n")
    root_after = recall.root()
    after = statuscommand.answer(options, root_after)

    assert (root.parser.parsed, root_after.parser.parsed) == (0, 1)
    assert [told.value[name] for name in ("failed", "new", "tests")] == [50, 0, 10_000]
    assert [after.value[name] for name in ("failed", "new", "tests")] == [50, 1, 10_001]


@pytest.mark.usefixtures("large")
def test_failed_reads_neither_tests_nor_what_runs_have_told(recall: Commands) -> None:
    def refuse(_paths: list[str]) -> earlier.Past:
        raise AssertionError("a journal was read")

    options = argparse.Namespace(reasons=False, outstanding=False, exit_code=False)
    root = recall.root()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(earlier, "read_past", refuse)
        told = failedcommand.answer(options, root)
    reasons = failedcommand.answer(argparse.Namespace(**{**vars(options), "reasons": True}), root)

    assert root.parser.parsed == 0
    tests = told.value["tests"]
    assert isinstance(tests, list)
    assert len(tests) == 50
    assert json.dumps(reasons.value).count('"outcome": "failed"') == 50
    assert root.parser.parsed == 0
