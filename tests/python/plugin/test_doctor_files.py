"""The doctor: leftovers, modes, owners, links, and what it cannot do."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.python.plugin.doctorsupport import (
    FAILED,
    asides,
    cache,
    look,
    mended,
    notes,
    problems,
    run_once,
)
from tests.python.plugin.support import SOURCES, Project

from pytest_recall.doctor import CacheError, Finding, examine, repair

posix = pytest.mark.skipif(sys.platform == "win32", reason="modes and owners are those of POSIX")
root = pytest.mark.skipif(getattr(os, "geteuid", lambda: 1)() != 0, reason="only root gives away")


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project whose suite has run once with ours."""
    return run_once(project)


def test_leftovers_of_killed_processes_are_removed_and_those_of_living_ones_stay(
    ran: Project,
) -> None:
    gone = subprocess.Popen([sys.executable, "-c", ""])
    gone.wait()
    values = cache(ran) / "v" / "cache"
    dead = values / f".nodeids.{gone.pid}-00000000.tmp"
    living = values / f".nodeids.{os.getpid()}-00000000.tmp"
    stop, new_stop = cache(ran) / "d" / "recall" / "stop-1", cache(ran) / "d" / "recall" / "stop-2"
    stock = ran.path / "pytest-cache-files-abc"
    foreign = ran.path / "pytest-cache-files-def"
    stock.mkdir()
    foreign.mkdir()
    (foreign / "precious").touch()
    for path in (dead, living, stop, new_stop, stock / "README.md"):
        path.touch()
    for path in (stop, stock, foreign):
        os.utime(path, (time.time() - 120, time.time() - 120))
    found = problems(look(ran))

    report = repair(look(ran))

    assert found == [
        ("orphan", "v/cache/" + dead.name),
        ("orphan", "d/recall/stop-1"),
        ("orphan", stock.as_posix()),
        ("orphan", foreign.as_posix()),
    ]
    assert [path.exists() for path in (dead, living, stop, new_stop, stock)] == [
        *(False, True, False, True, False)
    ]
    assert (foreign / "precious").exists()
    assert problems(report) == [("orphan", foreign.as_posix())]


def test_copies_are_told_of_with_their_age_and_never_removed(ran: Project) -> None:
    copy = cache(ran) / "v" / "cache" / "lastfailed.damaged-20200101T000000Z"
    copy.write_text("whatever")

    report = mended(ran)

    assert report.is_sound
    assert notes(report) == ["set-aside"]
    assert "days old" in report.findings[0].message
    assert copy.read_text() == "whatever"
    assert "cache/lastfailed contains:" in ran.stock("--cache-show").output


@posix
def test_journals_that_others_can_read_become_private(ran: Project) -> None:
    runs = cache(ran) / "d" / "recall" / "runs"
    path = ran.journals()[0]
    path.chmod(0o644)
    runs.chmod(0o755)
    found = look(ran)

    report = mended(ran)

    assert [(each.kind, each.paths) for each in found.problems] == [
        ("permissions", ("d/recall/runs",)),
        ("permissions", (f"d/recall/runs/{path.name}",)),
    ]
    assert report.is_sound
    assert [stat.S_IMODE(each.stat().st_mode) for each in (path, runs)] == [0o600, 0o700]


@posix
def test_what_its_owner_cannot_read_becomes_readable_and_is_then_examined(ran: Project) -> None:
    value = cache(ran) / "v" / "cache" / "lastfailed"
    value.write_text("{")
    value.chmod(0)
    (cache(ran) / "v").chmod(0o500)
    found = problems(look(ran))

    report = mended(ran)

    assert ("unreadable", "v") in found
    assert report.is_sound
    assert sorted(ran.lastfailed()) == FAILED
    assert stat.S_IMODE((cache(ran) / "v").stat().st_mode) == 0o700


@root
@posix
def test_what_belongs_to_somebody_else_is_given_back(ran: Project) -> None:
    value = cache(ran) / "v" / "cache" / "lastfailed"
    os.chown(value, 65534, 65534)
    found = problems(look(ran))

    report = mended(ran)

    assert found == [("owner", "v/cache/lastfailed")]
    assert report.is_sound
    assert value.stat().st_uid == cache(ran).stat().st_uid


@pytest.mark.parametrize("name", ["v/cache/lastfailed", "v", "d/recall/runs", "v/cache/dangling"])
def test_links_are_set_aside_and_what_they_lead_to_is_untouched(
    ran: Project, tmp_path: Path, name: str
) -> None:
    outside = tmp_path / "outside"
    path = cache(ran) / name
    if path.exists():
        path.rename(outside)
    path.symlink_to(outside)
    before = [(each, each.stat().st_mtime_ns) for each in sorted(tmp_path.glob("outside/**/*"))]
    found = next(each for each in look(ran).problems if each.kind == "link")

    report = mended(ran)

    assert found.path == name
    assert f"leads out of the cache directory, to {outside}" in found.message
    assert report.is_sound
    assert [(each, each.stat().st_mtime_ns) for each, _ in before] == before
    assert asides(ran)[0].is_symlink()
    if name.endswith("lastfailed"):
        assert sorted(ran.lastfailed()) == FAILED
        assert json.loads(outside.read_text()) == dict.fromkeys(FAILED, True)


@pytest.mark.parametrize("is_file", [True, False])
def test_what_is_no_directory_cannot_be_examined(tmp_path: Path, is_file: bool) -> None:
    path = tmp_path / "cache"
    if is_file:
        path.write_text("x")

    with pytest.raises(CacheError, match="is not a directory" if is_file else "there is no cache"):
        examine(path, tmp_path)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """Return a folder that other users can look into, as those of pytest are not."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@root
@posix
def test_what_cannot_be_repaired_is_said_and_left(open_folder: Path) -> None:
    ran = run_once(Project(open_folder / "project"))
    ran.set_key("cache/lastfailed", "{")
    (cache(ran) / "v" / "cache" / "nodeids").chmod(0o600)
    code = (
        "import _strptime, os, sys; from pathlib import Path\n"
        "from pytest_recall.doctor import examine, repair\n"
        "os.setuid(65534)\n"
        "report = repair(examine(Path(sys.argv[1]), Path(sys.argv[2])))\n"
        "print([(each.finding.kind, each.error) for each in report.repairs])\n"
        "print(*(path for each in report.problems for path in each.paths))\n"
    )

    done = ran.process("-c", code, str(cache(ran)), str(ran.path), PYTHONPATH=str(SOURCES))

    assert done.stdout.splitlines() == [
        "[('damaged-value', 'Permission denied')]",
        ". v v/cache v/cache/lastfailed v/cache/nodeids d d/recall v/cache/lastfailed",
    ], done.stderr
    assert (cache(ran) / "v" / "cache" / "lastfailed").read_text() == "{"


def test_findings_are_values_that_say_what_to_do(ran: Project) -> None:
    ran.set_key("cache/lastfailed", "{")

    finding = look(ran).problems[0]

    assert isinstance(finding, Finding)
    assert "\n" not in finding.message + finding.repair
    assert finding.repair
