"""The commands on caches of all kinds: stock pytest's, damaged ones, newer ones, and none."""

from __future__ import annotations

import io
import json
import os
import time
from pathlib import Path

import pytest
from tests.python.cli.support import Commands, files_of
from tests.python.plugin.doctorsupport import SUITE, cache, failure, write_dead
from tests.python.plugin.support import SOURCES, Project

from pytest_recall import journal
from pytest_recall.commandline import has_colour
from pytest_recall.journalwriter import Writer
from pytest_recall_server.cli import clearcommand

READING = (
    *("status", "failed", "failed --reasons --outstanding", "why test_a.py", "preview --lf"),
    *("preview --outstanding", "preview --ff", "preview --nf", "preview --sw", "runs"),
)
FAILED = "test_a.py::test_2\ntest_a.py::test_3\ntest_b.py::TestB::test_4\n"


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project whose suite has run once with ours."""
    project.write(SUITE)
    project.ours()
    return project


def test_a_cache_of_stock_pytest_answers_all_commands(project: Project, recall: Commands) -> None:
    project.write(SUITE)
    project.stock()

    status, failed, reasons = recall("status"), recall("failed"), recall("failed", "--reasons")
    runs, show = recall("runs"), recall("show", "last")
    (cache(project) / "v" / "cache" / "nodeids").unlink()
    unknown = recall("status")

    assert unknown.output.startswith("3 failed, 0 unfinished, new not known, of 5 tests\n")
    assert status.output == (
        "3 failed, 0 unfinished, 0 new, of 5 tests\nno run is recorded: stock pytest keeps none\n"
    )
    assert failed.output == FAILED
    assert reasons.output.count("no reason is known") == 3
    assert recall("preview", "--lf").output.startswith("test_a.py::test_2         ")
    assert runs.output == "no run is recorded: stock pytest keeps none\n"
    assert (show.status, "stock pytest keeps none" in show.errors) == (2, True)


@pytest.mark.usefixtures("ran")
def test_reading_commands_change_nothing_on_the_disk(project: Project, recall: Commands) -> None:
    before = files_of(project.path)

    done = [recall(*command.split()) for command in (*READING, "show last", "doctor")]

    assert [each.status for each in done] == [0] * len(done)
    assert files_of(project.path) == before


def test_without_a_cache_every_command_says_what_to_do(project: Project, recall: Commands) -> None:
    for command in (*READING, "show last", "clear --yes"):
        done = recall(*command.split())

        assert (done.status, done.output) == (2, ""), command
        assert f"there is no cache directory {cache(project)}: run `pytest` once" in done.errors
    assert files_of(project.path).keys() == {"pytest.ini"}


def test_a_folder_outside_of_any_project_is_its_own(tmp_path: Path, recall: Commands) -> None:
    outside = tmp_path.resolve() / "outside"
    outside.mkdir()
    recall.patch.chdir(outside)

    assert f"no cache directory {outside}/.pytest_cache" in recall("status").errors


@pytest.mark.parametrize("what", ["a file", "no permission"])
def test_a_cache_directory_that_cannot_be_read_is_said(
    project: Project, recall: Commands, what: str
) -> None:
    if what == "a file":
        cache(project).write_text("")
    else:
        cache(project).mkdir()

        def refuse(_path: Path) -> list[str]:
            raise PermissionError(13, "Permission denied")

        recall.patch.setattr(os, "listdir", refuse)

    done = recall("failed")

    assert done.status == 2
    words = "is not a directory" if what == "a file" else "cannot be read: Permission denied"
    assert done.errors == f"pytest-recall failed: {cache(project)} {words}\n"


def test_what_is_left_of_a_damaged_key_is_read_and_the_damage_said(
    ran: Project, recall: Commands
) -> None:
    ran.set_key("cache/lastfailed", '{"test_a.py::test_2": true, "test_a.py::te')
    before = files_of(ran.path)

    done = recall("failed")
    told = recall("failed", "--json").json

    assert done.status == 0
    assert "test_a.py::test_2\n" in done.output
    assert "cache/lastfailed cannot be read: not valid JSON" in done.errors
    assert told["problems"] == [done.errors.partition(": ")[2].strip()]
    assert files_of(ran.path) == before


def test_a_torn_journal_is_taken_up_and_its_whole_lines_count(
    ran: Project, recall: Commands
) -> None:
    path = write_dead(ran, failure("test_b.py::TestB::test_5"))
    with path.open("ab") as file:
        file.write(b'{"event": "test", "id": "test_a.py::te')

    done = recall("failed", "--reasons")
    runs = recall("runs", "--json").json["runs"]

    assert "test_b.py::TestB::test_5\n" in done.output
    assert [run["state"] for run in runs] == ["ended", "interrupted"]
    assert recall("show", runs[1]["id"][:10]).output.startswith("interrupted")


@pytest.mark.parametrize("part", ["key", "stepwise", "journal"])
def test_what_a_newer_version_wrote_is_read_and_never_written(
    ran: Project, recall: Commands, part: str
) -> None:
    newer = {"version": 2, "ids": ["test_a.py::test_1"], "more": {}}
    write_dead(ran, failure("test_b.py::TestB::test_5"))
    match part:
        case "key":
            ran.set_key("recall/unfinished", newer)
        case "stepwise":
            ran.set_key("recall/stepwise", newer)
        case _:
            name = "20300101T000000.000000Z-1-00000000"
            write_dead(ran, failure("test_a.py::test_1"), name=name, format=2)
    before = files_of(ran.path)

    done = [recall(*command.split()) for command in (*READING, "runs", "show 203", "show last")]
    clear = recall("clear", "--yes")

    assert all("written by a newer Pytest Recall" in each.errors for each in done[: len(READING)])
    assert done[1].output == FAILED
    assert (clear.status, "this one writes nothing there" in clear.errors) == (2, True)
    assert files_of(ran.path) == before


@pytest.mark.usefixtures("ran")
@pytest.mark.parametrize(
    ("asked", "near"),
    [
        ("test_b.py::TestB::test_44", "near to it: test_b.py::TestB::test_4,"),
        ("other.py::test_3", "test_a.py::test_3"),
        ("nothing/like/it", "is known in"),
        ("", "is known in"),
    ],
)
def test_an_unknown_id_is_answered_with_those_near_to_it(
    recall: Commands, asked: str, near: str
) -> None:
    done = recall("why", asked)

    assert (done.status, done.output) == (2, "")
    assert near in done.errors


def test_an_id_may_be_spelled_as_people_do(ran: Project, recall: Commands) -> None:
    inner = ran.path / "inner"
    inner.mkdir()
    recall.patch.chdir(inner)
    spellings = (
        *("test_a.py::test_2", "../test_a.py::test_2", f"{ran.path}/test_a.py::test_2"),
        *("..\\test_a.py::test_2", "./../inner/../test_a.py::test_2"),
    )

    told = [recall("why", "--rootdir", str(ran.path), "--json", each) for each in spellings]

    for each in told:
        assert [test["id"] for test in each.json["tests"]] == ["test_a.py::test_2"]


@pytest.mark.usefixtures("ran")
@pytest.mark.parametrize("asked", ["test_b.py::TestB", "test_b.py", "inner/../test_b.py"])
def test_what_holds_tests_stands_for_them(recall: Commands, asked: str) -> None:
    told = recall("why", asked, "--json").json["tests"]

    assert len(recall("why", ".", "--json").json["tests"]) == 5
    assert [test["id"] for test in told] == [
        *("test_b.py::TestB::test_4", "test_b.py::TestB::test_5"),
    ]


def test_a_failed_test_that_is_gone_is_explained(ran: Project, recall: Commands) -> None:
    ran.remove("test_b.py")

    told = recall("why", "test_b.py::TestB::test_4", "--json").json["tests"]

    facts = [each["facts"] for each in told[0]["selections"]]
    assert facts == [[{"kind": "notCollected", "of": None}]] * 5


@pytest.mark.usefixtures("ran")
@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("preview", "one of the arguments --lf"),
        ("preview --lf --nf", "not allowed with"),
        ("preview --nf nosuch.py::test_1", "there is no file or folder 'nosuch.py'"),
        ("show", "the following arguments are required"),
        ("show 1999", "there is no run '1999'"),
        ("show 20", "runs begin with '20'"),
        ("failed extra", "unrecognized arguments"),
        ("status --rootdir nosuch", "there is no directory"),
        ("status --cache-dir nosuch --rootdir .", "there is no cache directory"),
        ("status --cache-dir .", "give --rootdir DIR"),
        ("nosuch", "invalid choice"),
    ],
)
def test_what_cannot_be_answered_is_said_in_a_sentence(
    ran: Project, recall: Commands, command: str, words: str
) -> None:
    ran.ours()

    done = recall(*command.split())

    assert (done.status, done.output) == (2, "")
    assert words in done.errors
    assert "Traceback" not in done.errors


def test_an_exit_code_tells_scripts_what_is_outstanding(ran: Project, recall: Commands) -> None:
    asked = [recall(name, "--exit-code").status for name in ("status", "failed")]
    ran.set_key("cache/lastfailed", {})
    mended = [recall(name, "--exit-code").status for name in ("status", "failed")]
    ran.set_key("recall/unfinished", {"version": 1, "ids": ["test_a.py::test_1"]})
    left = [recall(name, "--exit-code").status for name in ("status", "failed")]

    assert (asked, mended, left) == ([1, 1], [0, 0], [1, 0])


def test_odd_characters_reach_no_terminal_and_survive_json(ran: Project, recall: Commands) -> None:
    odd = ["test_a.py::test_ü[漢字]", "test_a.py::test_2[\x1b[31m\r\n\t\u202e\udc80]"]
    ran.set_key("cache/lastfailed", json.dumps(dict.fromkeys(odd, True)))

    shown = recall("failed").output
    done = ran.process(
        *("-m", "pytest_recall", "failed"), PYTHONPATH=str(SOURCES), PYTHONIOENCODING="ascii"
    )

    assert shown.splitlines() == [odd[0], "test_a.py::test_2[\\x1b[31m\\r\\n\\t\\u202e\\udc80]"]
    assert "test_\\xfc[\\u6f22\\u5b57]\n" in done.stdout
    assert [test["id"] for test in recall("failed", "--json").json["tests"]] == odd


@pytest.mark.usefixtures("ran")
def test_clearing_asks_says_what_goes_and_leaves_nothing(
    project: Project, recall: Commands
) -> None:
    class Person(io.StringIO):
        def isatty(self) -> bool:
            return True

    unasked = recall("clear")
    recall.patch.setattr("sys.stdin", Person("no\n"))
    declined = recall("clear")
    before = files_of(cache(project)).keys()
    recall.patch.setattr("sys.stdin", Person("y\n"))
    agreed = recall("clear")

    assert (unasked.status, "nobody can be asked here, so give --yes" in unasked.errors) == (
        2,
        True,
    )
    assert (declined.status, declined.output) == (1, "nothing was removed\n")
    assert "v/cache/lastfailed" in before
    assert "2 values, 1 run" in agreed.output
    assert agreed.status == 0
    assert "d/recall/lock" in files_of(cache(project))
    assert not [name for name in files_of(cache(project)) if name.startswith("v/")]


def test_clearing_counts_imported_runs_apart(ran: Project, recall: Commands) -> None:
    (ran.path / "ci.log").write_text("FAILED test_a.py::test_2 - assert 0\n")
    recall("import", "ci.log")

    unasked = recall("clear")
    cleared = recall("clear", "--yes")

    assert ": 2 values, 1 run, 1 imported run, " in unasked.errors
    assert ": 2 values, 1 run, 1 imported run, " in cleared.output


def test_clearing_leaves_the_journal_of_a_run_that_goes_on(ran: Project, recall: Commands) -> None:
    name = journal.new_run_id()
    path = journal.runs_directory(cache(ran)) / f"{name}.jsonl"
    writer = Writer(path, {"event": "run", "format": 1, "run": name, "time": time.time()})
    try:
        running = recall("status", "--json").json["running"]
        recall("clear", "--yes")
        assert path.exists()
    finally:
        writer.close()
    assert running == [name]


@pytest.mark.usefixtures("ran")
def test_nothing_to_clear_needs_no_question(recall: Commands) -> None:
    recall("clear", "--yes")

    again = recall("clear", "--json")

    assert (again.status, again.json["removed"]) == (0, 0)


@pytest.mark.parametrize(
    "words", ["failed", "failed --json", "export last", "show last", "--help", "show --help", ""]
)
def test_who_stops_reading_early_sees_no_complaint(ran: Project, words: str) -> None:
    ran.set_key("cache/lastfailed", {f"test_a.py::test[{'x' * 90}{n}]": True for n in range(2000)})

    done = ran.process(
        "-c",
        "import subprocess, sys\n"
        f"command = [sys.executable, '-m', 'pytest_recall', *{words.split()}]\n"
        "child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)\n"
        "child.stdout.close()\n"
        "print(child.stderr.read(), child.wait())\n",
        PYTHONPATH=str(SOURCES),
        # Else nothing is left to write at the end.
        PYTHONUNBUFFERED="",
    )

    assert done.stdout == "b'' 0\n"


@pytest.mark.parametrize(
    ("variables", "terminal", "coloured"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"TERM": "dumb"}, True, False),
        ({"NO_COLOR": "1"}, True, False),
        ({"FORCE_COLOR": "1"}, False, True),
        ({"FORCE_COLOR": "1", "NO_COLOR": "1"}, False, False),
        ({"NO_COLOR": ""}, True, True),
        ({"PY_COLORS": "1", "NO_COLOR": "1"}, False, True),
        ({"PY_COLORS": "0", "FORCE_COLOR": "1"}, True, False),
    ],
)
def test_colours_are_on_where_those_of_pytest_are(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], terminal: bool, coloured: bool
) -> None:
    class Stream(io.StringIO):
        def isatty(self) -> bool:
            return terminal

    for name in ("PY_COLORS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)

    assert has_colour(Stream()) is coloured
    # pytest's own word.
    from _pytest._io.terminalwriter import should_do_markup  # noqa: PLC0415 - for this alone

    assert should_do_markup(Stream()) is coloured


@pytest.mark.usefixtures("ran")
def test_colours_are_of_what_they_stand_for(recall: Commands) -> None:
    recall.patch.setenv("FORCE_COLOR", "1")
    recall.patch.delenv("NO_COLOR", raising=False)

    assert recall("status").output.startswith("\x1b[31m3 failed\x1b[0m, 0 unfinished, 0 new")
    assert "\x1b[" not in recall("failed").output
    assert "\x1b[" not in recall("status", "--json").output


def test_the_size_of_what_goes_is_told() -> None:
    sizes = [clearcommand.size_words(size) for size in (1, 900, 2048, 3 << 20)]

    assert sizes == ["1 byte", "900 bytes", "2.0 KiB", "3.0 MiB"]
