"""The doctor: damaged, dead, newer and misnamed journals."""

from __future__ import annotations

import os
import stat

import pytest
from tests.python.plugin.doctorsupport import (
    DEAD_RUN,
    FAILED,
    asides,
    cache,
    failure,
    look,
    mended,
    notes,
    problems,
    run_once,
    write_dead,
)
from tests.python.plugin.support import OURS, SOURCES, Project

from pytest_recall import journal
from pytest_recall.journalwriter import Writer


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project whose suite has run once with ours."""
    return run_once(project)


def test_a_killed_run_is_taken_up(ran: Project) -> None:
    text = "import os, signal\ndef test_1(): assert 0\ndef test_9(): os.kill(os.getpid(), 9)\n"
    ran.write({"test_a.py": text})
    killed = ran.process("-m", "pytest", *OURS, "-p", "no:asyncio", PYTHONPATH=str(SOURCES))
    found = problems(look(ran))

    report = mended(ran)

    assert killed.returncode < 0
    assert ("dead-run", f"d/recall/runs/{ran.journals()[-1].name}") in found
    assert report.is_sound
    assert "test_a.py::test_1" in ran.lastfailed()
    assert report.counts.unfinished > 0
    assert journal.read(ran.journals()[-1])[-1]["interrupted"] is True


def test_a_torn_last_line_is_closed_and_loses_nothing_before_it(ran: Project) -> None:
    path = write_dead(ran, failure("test_a.py::test_1"))
    with path.open("ab") as file:
        file.write(b'{"event":"test","id":"test_b.py::TestB::te')
    found = problems(look(ran))

    report = mended(ran)

    assert found == [("torn-journal", f"d/recall/runs/{path.name}")]
    assert report.is_sound
    assert sorted(ran.lastfailed()) == ["test_a.py::test_1", *FAILED]


def test_a_living_run_is_left_in_peace(ran: Project) -> None:
    path = journal.runs_directory(cache(ran)) / f"{DEAD_RUN}.jsonl"
    writer = Writer(path)
    writer.write({"event": "run", "format": 1})
    writer.write_line(b"damaged\n")
    writer.write_line(b"torn")

    report = mended(ran)

    assert report.is_sound
    assert path.read_bytes().endswith(b"damaged\ntorn")
    writer.close()
    assert problems(look(ran)) == [
        ("damaged-journal", f"d/recall/runs/{path.name}"),
        ("torn-journal", f"d/recall/runs/{path.name}"),
    ]


def test_damaged_lines_in_the_middle_are_taken_out_and_a_copy_is_kept(ran: Project) -> None:
    path = ran.journals()[0]
    whole = path.read_bytes().splitlines(keepends=True)
    damaged = b"".join([*whole[:2], b"\xff\0damaged\n", *whole[2:-3], b"[]\n", *whole[-3:]])
    path.write_bytes(damaged)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    found = look(ran)

    report = mended(ran)

    assert problems(found) == [("damaged-journal", f"d/recall/runs/{path.name}")]
    assert "2 damaged lines" in found.findings[0].message
    assert report.is_sound
    assert path.read_bytes() == b"".join(whole)
    assert asides(ran)[0].read_bytes() == damaged
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.stat().st_mtime == 1_700_000_000
    assert journal.journals(path.parent) == [path]


@pytest.mark.parametrize("line", [b"", b'{"event":"run","fo\0rmat":1,"environment":"py310"}\n'])
def test_a_dead_run_without_its_first_line_is_remembered(ran: Project, line: bytes) -> None:
    path = write_dead(ran, failure("test_a.py::test_1"))
    path.write_bytes(line + path.read_bytes().split(b"\n", 1)[1])

    report = mended(ran)

    key = "recall/environments/py310/lastfailed" if line else "cache/lastfailed"
    value = ran.key(key)
    assert report.is_sound
    assert isinstance(value, dict)
    assert "test_a.py::test_1" in value


def test_a_journal_of_a_newer_format_is_left_alone(ran: Project) -> None:
    path = write_dead(ran, failure("test_a.py::test_1"), format=2)
    before = path.read_bytes()

    report = mended(ran)

    assert report.is_sound
    assert notes(report) == ["newer-journal"]
    assert path.read_bytes() == before
    assert sorted(ran.lastfailed()) == FAILED


def test_a_misnamed_journal_gets_its_name_back_or_is_set_aside(ran: Project) -> None:
    path = write_dead(ran, failure("test_a.py::test_1"))
    path.rename(path.with_name("copy of a run.jsonl"))
    other = path.with_name("notes.jsonl")
    other.write_text("not a journal\n")
    other.chmod(0o600)
    found = problems(look(ran))

    report = mended(ran)

    assert found == [
        ("misnamed-journal", "d/recall/runs/copy of a run.jsonl"),
        ("misnamed-journal", "d/recall/runs/notes.jsonl"),
    ]
    assert report.is_sound
    assert path.exists()
    assert "test_a.py::test_1" in ran.lastfailed()
    assert asides(ran)[0].read_text() == "not a journal\n"


def test_a_run_killed_before_its_first_line_is_closed(ran: Project) -> None:
    path = write_dead(ran)
    path.write_bytes(b"")

    assert mended(ran).is_sound
