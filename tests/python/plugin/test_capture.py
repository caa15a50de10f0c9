"""What tests print may be a secret: who may read it, and how to keep it out of the journal."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.python.plugin.support import OURS, Outcome, Project, run_forked
from tests.python.plugin.trials import Trial

from pytest_recall import journal
from pytest_recall.outcome import CAPTURED

SECRET = "hunter" + "2" * 3
SUITE = {
    "test_a.py": """
    import logging, sys
    SECRET = "hunter" + "2" * 3
    def tell():
        print(SECRET)
        print(SECRET, file=sys.stderr)
        logging.warning(SECRET)
    def test_fails():
        tell()
        token = SECRET
        assert len(token) == 3
    def test_compares():
        tell()
        left, right = [SECRET], []
        assert len(left) == 0 and left == right
    def test_parts(subtests):
        with subtests.test(number=1):
            tell()
            assert len(SECRET) == 0
    """,
    "test_b.py": """
    SECRET = "hunter" + "2" * 3
    print(SECRET)
    assert not "hunter" * 0, "never"
    raise RuntimeError
    """,
}


def below(project: Project) -> list[str]:
    """Return the files below the cache directory that hold the secret."""
    base = project.path / ".pytest_cache"
    files = (path for path in base.rglob("*") if path.is_file())
    return [str(path.relative_to(base)) for path in files if SECRET in path.read_text("utf-8")]


def run(project: Project, *arguments: str) -> Outcome:
    """Run the suite, with the collection error."""
    project.write(SUITE)
    return run_forked(
        project.path, (*OURS, "--showlocals", "--continue-on-collection-errors", *arguments)
    )


def test_without_the_setting_the_journal_has_what_was_printed(project: Project) -> None:
    outcome = run(project)

    assert SECRET in outcome.output
    (found,) = below(project)
    assert found.startswith("d/recall/runs/")
    events = journal.read(project.journals()[0])
    assert set(CAPTURED) <= {name for event in events for name in event}


@pytest.mark.parametrize("workers", [(), ("-p", "xdist", "-n1")], ids=["alone", "xdist"])
def test_a_secret_that_is_printed_is_nowhere_in_the_cache(
    project: Project, workers: tuple[str, ...]
) -> None:
    outcome = run(project, "-o", "recall_capture=false", *workers)

    assert SECRET in outcome.output
    assert below(project) == []
    (path,) = project.journals()
    events = journal.read(path)
    failed = [event for event in events if event.get("id") == "test_a.py::test_fails"][-1]
    errors = [event["error"] for event in events if "error" in event]
    subtests = [event["subtests"] for event in events if "subtests" in event]
    assert "assert 9 == 3" in str(failed["message"])
    assert failed["place"] == {"path": "test_a.py", "line": 11}
    assert failed["statement"] == "assert len(token) == 3"
    assert failed["frames"]
    assert errors
    assert subtests
    for event in (*events, *errors):
        assert isinstance(event, dict)
        assert not set(CAPTURED).intersection(event)
        assert "cut" not in event
    assert "test_a.py::test_fails" in project.lastfailed()


def modes(folder: Path) -> set[int]:
    """Return the modes of *folder* and of all folders below."""
    folders = [folder, *(path for path in folder.rglob("*") if path.is_dir())]
    return {path.stat().st_mode & 0o777 for path in folders}


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o022])
@pytest.mark.parametrize("where", ["in the cache", "in the fallback directory"])
def test_journals_are_private_whatever_the_umask(tmp_path: Path, umask: int, where: str) -> None:
    trial = Trial(tmp_path)
    if where != "in the cache":
        (trial.project("ours").path / ".pytest_cache").write_text("in the way")

    before = os.umask(umask)
    try:
        run, project = trial.run("ours", *OURS)
    finally:
        os.umask(before)

    assert run.status == 1
    if where == "in the cache":
        (path,) = project.journals()
        assert modes(project.path / ".pytest_cache" / "d" / "recall") == {0o700}
        assert (path.parents[1] / "lock").stat().st_mode & 0o777 == 0o600
    else:
        (path,) = trial.journals()
        assert modes(path.parents[2]) == {0o700}
    assert path.stat().st_mode & 0o777 == 0o600
