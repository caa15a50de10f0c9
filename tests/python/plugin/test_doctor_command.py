"""`pytest-recall doctor`: what it prints, in which shape, and its exit status."""

from __future__ import annotations

import io
import json
import os
from pathlib import Path

import pytest
from tests.python.plugin.doctorsupport import FAILED, cache, failure, look, run_once, write_dead
from tests.python.plugin.support import SOURCES, Project

from pytest_recall.doctorcommand import lines_of


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project whose suite has run once with ours."""
    return run_once(project)


def doctor(project: Project, *arguments: str, **environment: str) -> tuple[int, str, str]:
    """Run the command; return its exit status, stdout and stderr."""
    paths = {"PYTHONPATH": str(SOURCES)} | environment
    done = project.process("-m", "pytest_recall", "doctor", *arguments, **paths)
    return done.returncode, done.stdout, done.stderr


def test_a_sound_cache_is_one_line(ran: Project) -> None:
    status, output, errors = doctor(ran)

    assert (status, errors) == (0, "")
    assert output == f"sound  {cache(ran)}: 1 run, 3 failures, 0 unfinished, 5 known tests\n"


def test_findings_are_lines_and_a_repair_says_what_it_did(ran: Project) -> None:
    ran.set_key("cache/lastfailed", "{")
    ran.set_key("cache/nodeids", '["a')

    found = doctor(ran)
    repaired = doctor(ran, "--repair")
    after = doctor(ran)

    assert [found[0], repaired[0], after[0]] == [1, 0, 0]
    assert [line[:46] for line in found[1].splitlines()[1:]] == [
        "  damaged-value  v/cache/lastfailed  not valid",
        "  damaged-value  v/cache/nodeids     not valid",
    ]
    assert found[1].splitlines()[0].startswith(f"{cache(ran)}: 2 problems, 1 run, 0 failures")
    assert found[1].count(" [--repair: set aside and rebuilt from what is left of it and") == 2
    lines = repaired[1].splitlines()
    assert lines[0].startswith("repaired  v/cache/lastfailed: 3 node ids saved; the original is")
    assert lines[2].startswith(f"sound  {cache(ran)}: 1 run, 3 failures, 0 unfinished, 5 known")
    assert [line.split()[0] for line in lines[3:]] == ["set-aside", "set-aside"]


def test_the_report_as_json_has_the_documented_shape(ran: Project) -> None:
    ran.set_key("cache/lastfailed", "{")
    ran.remove("test_b.py")

    status, output, _errors = doctor(ran, "--json")
    repaired = json.loads(doctor(ran, "--json", "--repair")[1])
    report = json.loads(output)

    assert status == 1
    assert [*report] == [
        *("version", "cachedir", "rootdir", "sound", "counts", "findings", "repairs")
    ]
    assert (report["version"], report["sound"]) == (1, False)
    assert (report["cachedir"], report["rootdir"]) == (str(cache(ran)), str(ran.path))
    assert report["counts"] == {"runs": 1, "failures": 0, "unfinished": 0, "tests": 5}
    assert report["findings"][1] == {
        "kind": "dead-ids",
        "path": "v/cache/nodeids",
        "message": "2 tests of test_b.py, which is gone",
        "repair": "forgotten, a copy kept",
        "level": "problem",
        "more": [],
        "ids": ["test_b.py::TestB::test_4", "test_b.py::TestB::test_5"],
    }
    assert repaired["sound"]
    assert [*repaired["repairs"][0]] == ["kind", "path", "more", "done", "error"]


def test_what_is_left_after_a_repair_fails_the_command(ran: Project) -> None:
    foreign = ran.path / "pytest-cache-files-x"
    (foreign / "precious").mkdir(parents=True)
    os.utime(foreign, (1_700_000_000, 1_700_000_000))
    ran.set_key("cache/lastfailed", "{")

    status, output, _errors = doctor(ran, "--repair")

    assert status == 1
    assert "repaired  v/cache/lastfailed" in output
    assert "1 problem" in output
    assert "look at it and remove it" in output


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--cache-dir=nosuch",), "there is no cache directory"),
        (("--cache-dir=test_a.py",), "is not a directory"),
        (("--cache-dir=test_a.py/x",), "there is no cache directory"),
        (("--cache-dir=",), "is no path"),
        (("--rootdir=nosuch",), "there is no directory"),
        (("--nosuch",), "unrecognized arguments"),
        (("extra",), "unrecognized arguments"),
    ],
)
def test_what_cannot_be_examined_is_said_without_a_traceback(
    ran: Project, arguments: tuple[str, ...], words: str
) -> None:
    status, output, errors = doctor(ran, *arguments)

    assert (status, output) == (2, "")
    assert words in errors
    assert "Traceback" not in errors


def test_a_project_that_never_ran_has_no_cache_to_look_at(project: Project) -> None:
    status, output, errors = doctor(project)

    assert (status, output) == (2, "")
    assert f"there is no cache directory {cache(project)}" in errors


def test_with_the_cache_directory_alone_the_rootdir_is_found(ran: Project, tmp_path: Path) -> None:
    ran.remove("test_b.py")
    other = Project(tmp_path / "other")
    (ran.path / "pytest.ini").write_text("[pytest]\ncache_dir = deep/inside\n")
    (ran.path / "deep").mkdir()
    cache(ran).rename(ran.path / "deep" / "inside")

    by_journal = doctor(other, f"--cache-dir={ran.path}/deep/inside")
    for path in (ran.path / "deep" / "inside" / "d").rglob("*.jsonl"):
        path.unlink()
    unknown = doctor(other, f"--cache-dir={ran.path}/deep/inside")
    given = doctor(other, f"--cache-dir={ran.path}/deep/inside", f"--rootdir={ran.path}")

    assert "dead-ids" in by_journal[1]
    assert (unknown[0], "give --rootdir" in unknown[1]) == (0, True)
    assert "dead-ids" in given[1]


def test_ids_that_the_terminal_cannot_show_are_shown_escaped(ran: Project) -> None:
    ran.set_key("cache/lastfailed", {"gone_ü.py::test[\udc80]": True})

    status, output, errors = doctor(ran, PYTHONIOENCODING="ascii")

    assert (status, errors) == (1, "")
    assert "gone_\\xfc.py" in output


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        """Say so."""
        return True


def test_colours_are_for_terminals_that_want_them(
    ran: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    report = look(ran)

    def coloured(stream: io.StringIO) -> bool:
        return "\x1b[" in "".join(lines_of(report, stream))

    plain = [coloured(io.StringIO()), coloured(Terminal())]
    monkeypatch.setenv("NO_COLOR", "1")

    assert [*plain, coloured(Terminal())] == [False, True, False]


def test_who_stops_reading_early_sees_no_complaint(ran: Project) -> None:
    for number in range(300):
        name = f"2020010{number % 9 + 1}T000000.{number:06}Z-1-00000000"
        write_dead(ran, failure(FAILED[0]), name=name)

    done = ran.process(
        "-c",
        "import subprocess, sys\n"
        "command = [sys.executable, '-m', 'pytest_recall', 'doctor']\n"
        "child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "child.stdout.close()\n"
        "print(child.stderr.read(), child.wait())\n",
        PYTHONPATH=str(SOURCES),
    )

    assert done.stdout == "b'' 1\n"


def test_the_package_alone_prints_its_commands(project: Project) -> None:
    done = project.process("-m", "pytest_recall", PYTHONPATH=str(SOURCES))

    assert done.returncode == 0
    assert "doctor" in done.stdout
