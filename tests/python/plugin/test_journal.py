"""The run journal: what pytest writes, and what readers make of it."""

from __future__ import annotations

import json
import os
import stat
import time
from pathlib import Path

import pytest
from tests.python.plugin.support import LAUNCHER, OURS, Project

from pytest_recall import journal, retention
from pytest_recall.journalwriter import Writer


def events(project: Project, kind: str = "") -> list[dict[str, object]]:
    """Return the events of the newest journal, of one kind if asked."""
    found = journal.read(project.journals()[-1])
    return [event for event in found if kind in {"", event["event"]}]


def test(project: Project, name: str) -> dict[str, object]:
    """Return the last `test` event of the test *name*."""
    found = [event for event in events(project, "test") if str(event["id"]).endswith(name)]
    return found[-1]


test.__test__ = False  # type: ignore[attr-defined]

SUITE = """
import pytest

def helper(value):
    assert value == 4

def test_passes(): pass
def test_compares(): assert [1, 2] == [1, 3]
def test_fails_below():
    helper(3)
@pytest.mark.skip("no reason")
def test_skipped(): pass
@pytest.mark.xfail(reason="known")
def test_xfailed(): assert 0
@pytest.mark.xfail
def test_xpassed(): pass
@pytest.mark.xfail(strict=True)
def test_strict(): pass
@pytest.fixture
def broken():
    yield
    raise ValueError("no such coin\\nmore")
def test_teardown(broken): print("hello")
def test_no_fixture(nosuch): pass
def test_text(): assert "a\\nb" == "a\\nc"
"""


@pytest.fixture
def ran(project: Project) -> Project:
    """Return a project in which a suite of all outcomes has run."""
    project.write({"test_a.py": SUITE, "test_broken.py": "import nosuch\n"})
    project.ours("--continue-on-collection-errors")
    return project


def test_the_events_come_in_order(ran: Project) -> None:
    kinds = [str(event["event"]) for event in events(ran)]

    assert kinds[:4] == ["run", "file", "file", "selected"]
    assert kinds[-1] == "end"
    assert kinds.count("start") == 10


def test_the_first_line_says_what_runs(ran: Project) -> None:
    run = events(ran)[0]

    assert run["format"] == 1
    assert run["run"] == ran.journals()[0].stem
    assert run["pid"] == journal.pid_of(str(run["run"]))
    assert run["rootdir"] == run["cwd"] == str(ran.path)
    assert run["args"] == [*OURS_SEEN, "--continue-on-collection-errors"]
    assert run["workers"] == 0


OURS_SEEN = ["-p", "no:faulthandler", *OURS]


@pytest.mark.parametrize(
    ("name", "outcome", "phase", "message"),
    [
        ("test_passes", "passed", None, None),
        ("test_compares", "failed", "call", "assert [1, 2] == [1, 3]"),
        ("test_fails_below", "failed", "call", "assert 3 == 4"),
        ("test_skipped", "skipped", None, "no reason"),
        ("test_xfailed", "xfailed", None, "known"),
        ("test_xpassed", "xpassed", None, ""),
        ("test_strict", "failed", "call", "[XPASS(strict)]"),
        ("test_teardown", "error", "teardown", "ValueError: no such coin"),
        ("test_no_fixture", "error", "setup", "fixture 'nosuch' not found"),
    ],
)
def test_each_outcome_has_its_reason(
    ran: Project, name: str, outcome: str, phase: str | None, message: str | None
) -> None:
    event = test(ran, f"::{name}")

    assert event["outcome"] == outcome
    assert event.get("phase") == phase
    assert str(event.get("message", "")).strip() == (message or "")


def test_a_failure_has_its_place_statement_frames_and_operands(ran: Project) -> None:
    below = test(ran, "::test_fails_below")
    compares = test(ran, "::test_compares")
    text = test(ran, "::test_text")

    assert below["place"] == {"path": "test_a.py", "line": 5}
    assert below["statement"] == "assert value == 4"
    assert [frame["name"] for frame in below["frames"]] == ["test_fails_below", "helper"]  # type: ignore[attr-defined]
    assert (compares["expected"], compares["actual"]) == ("[1, 3]", "[1, 2]")
    assert (text["expected"], text["actual"]) == ("a\nc", "a\nb")
    assert "def test_fails_below" in str(below["longrepr"])
    assert test(ran, "::test_teardown")["stdout"] == "hello\n"


def test_files_and_collection_errors_are_listed(ran: Project) -> None:
    file, broken = events(ran, "file")

    assert file["path"] == "test_a.py"
    assert ["::test_passes", 7] in file["tests"]  # type: ignore[operator]
    assert "partial" not in file
    assert broken["path"] == "test_broken.py"
    assert broken["error"]["id"] == "test_broken.py"  # type: ignore[index]
    assert broken["error"]["place"]["line"] == 1  # type: ignore[index]
    assert "No module named 'nosuch'" in broken["error"]["message"]  # type: ignore[index]


def test_the_end_counts(ran: Project) -> None:
    end = events(ran, "end")[0]

    assert end["status"] == 1
    assert end["interrupted"] is False
    assert end["counts"] == {
        "passed": 1,
        "failed": 4,
        "skipped": 1,
        "xfailed": 1,
        "xpassed": 1,
        "error": 2,
    }


def test_journals_are_private(ran: Project) -> None:
    path = ran.journals()[0]

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_long_texts_are_cut_and_named(project: Project) -> None:
    project.write({"test_a.py": "def test_a():\n    print('x' * 100_000)\n    assert 0\n"})

    project.ours()

    event = test(project, "::test_a")
    assert event["cut"] == ["stdout"]
    assert "\n[... 34465 characters cut ...]\n" in str(event["stdout"])


def test_a_failing_subtest_is_described(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import unittest
            class TestC(unittest.TestCase):
                def test_parts(self):
                    for number in range(3):
                        with self.subTest("part", number=number):
                            assert number != 1
            """
        }
    )

    project.ours()

    event = test(project, "::test_parts")
    assert event["outcome"] == "failed"
    described = event["subtests"][0]  # type: ignore[index]
    assert described["description"] == "[part] (number=1)"
    assert described["message"] == "assert 1 != 1"


def test_without_xdist_every_event_is_one_write(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import os, pathlib
            def lines():
                return next(pathlib.Path(".pytest_cache/d/recall/runs").iterdir()).read_text()
            def test_a(): pass
            def test_b():
                text = lines()
                assert text.endswith("\\n")
                assert [line.split('"')[3] for line in text.splitlines()][-3:] == [
                    "start", "test", "start"]
            """
        }
    )

    assert project.ours().status == 0


def test_the_descriptor_is_closed_in_children_and_no_thread_is_started(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import os, subprocess, sys, threading
            def test_a():
                code = (
                    "import os; folder = '/proc/self/fd'; "
                    "print([os.readlink(f'{folder}/{each}') for each in os.listdir(folder)[:-1]])"
                )
                text = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                                      close_fds=False).stdout
                assert "recall" not in text
                assert threading.active_count() == 1
            """
        }
    )

    assert project.ours().status == 0


def test_a_forked_child_writes_nothing(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import os, sys
            def test_forks(request):
                child = os.fork()
                if child == 0:
                    hook = request.config.hook
                    hook.pytest_runtest_logstart(nodeid="child", location=("", 0, ""))
                    os._exit(0)
                os.waitpid(child, 0)
            """
        }
    )

    project.ours()

    assert [event["id"] for event in events(project, "start")] == ["test_a.py::test_forks"]


def test_under_xdist_the_controller_alone_writes(project: Project) -> None:
    project.write({"test_a.py": SUITE})

    project.ours("-p", "xdist", "-n2")

    (path,) = project.journals()
    assert events(project)[0]["workers"] == 2
    assert test(project, "::test_fails_below")["place"] == {"path": "test_a.py", "line": 5}
    assert len(events(project, "start")) == 10
    assert path.exists()


def test_an_unwritable_cache_directory_warns_once_and_names_the_journal(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()
    runs = project.path / ".pytest_cache" / "d" / "recall" / "runs"
    for path in runs.iterdir():
        path.unlink()
    runs.rmdir()
    runs.write_text("in the way")
    fallback = journal.fallback_directory(project.path / ".pytest_cache")

    outcome = project.ours()

    assert outcome.status == 0
    assert outcome.output.count("PytestCacheWarning") == 1
    assert f"recall: the run journal is in {fallback}" in outcome.output
    assert journal.read(journal.journals(fallback)[-1])[-1]["event"] == "end"


def test_a_descriptor_that_a_test_closes_is_never_written_to_again(project: Project) -> None:
    project.write(
        {
            "test_a.py": """
            import os
            folder = "/proc/self/fd"
            def test_closes_everything():
                before = os.open(os.devnull, os.O_RDONLY)
                for each in os.listdir(folder):
                    if "recall" in os.path.realpath(f"{folder}/{each}"):
                        os.close(int(each))
                # A file of the test's gets the number that it would get without us.
                assert os.open("mine", os.O_CREAT | os.O_RDWR) == before + 1
            def test_after(): assert 0
            """
        }
    )
    project.ours()

    outcome = project.ours()

    assert len(outcome.ran) == 2
    assert (project.path / "mine").read_text() == ""
    assert "the descriptor was closed by a test" in outcome.output
    assert project.lastfailed() == ["test_a.py::test_after"]


def test_the_launchers_journal_is_there_from_the_start(project: Project) -> None:
    done = project.process(str(LAUNCHER), "--", "nosuch.py")

    assert done.returncode == 4
    first, *_between, last = events(project)
    assert (first["event"], last["event"], last["status"]) == ("run", "end", 4)
    assert first["args"] == ["nosuch.py"]


def test_no_journal_is_written_if_the_ini_file_says_so(project: Project) -> None:
    project.write(
        {"test_a.py": "def test_a(): pass\n", "pytest.ini": "[pytest]\nrecall_journal = no\n"}
    )

    project.ours()

    assert project.journals() == []


@pytest.mark.parametrize("size", range(0, 40, 3))
def test_a_torn_last_line_is_left_out(tmp_path: Path, size: int) -> None:
    path = tmp_path / "x.jsonl"
    whole = b'{"event":"run"}\n{"event":"a"}\n'
    path.write_bytes((whole + b'{"event":"torn"}\n')[: len(whole) - 1 + size % 17])

    found = [event["event"] for event in journal.read(path)]

    assert found == ["run", "a"][: whole[: path.stat().st_size].count(b"\n")]


def test_lines_that_are_no_events_are_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(b'{"event":"run"}\n\xff\xfe\n[1]\n{"event":5}\n\n{"event":"later"}\n')

    assert [event["event"] for event in journal.read(path)] == ["run", "later"]


def test_a_tail_gives_each_event_once(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    tail = journal.Tail(path)
    seen = [tail.read_new()]
    for part in (b'{"event":"a"}\n{"ev', b'ent":"b"}\n', b""):
        with path.open("ab") as file:
            file.write(part)
        seen.append(tail.read_new())

    assert [[event["event"] for event in each] for each in seen] == [[], ["a"], ["b"], []]


def make_journal(folder: Path, age: float, *, ended: bool = True) -> Path:
    """Write a small journal of a run that began *age* seconds ago."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{int(1e9 - age):012}T-{os.getpid()}-{os.urandom(4).hex()}.jsonl"
    lines: list[journal.Event] = [
        {"event": "run", "format": 1},
        {"event": "start", "id": "a.py::t"},
        {"event": "test", "id": "a.py::t", "outcome": "failed"},
    ]
    if ended:
        lines.append({"event": "end", "status": 1})
    path.write_bytes(b"".join(journal.encode(line) for line in lines))
    os.utime(path, (time.time() - age, time.time() - age))
    return path


def test_the_newest_hundred_runs_are_kept(tmp_path: Path) -> None:
    made = [make_journal(tmp_path, age) for age in range(105, 0, -1)]

    assert sorted(retention.remove_old(tmp_path)) == made[:5]


def test_journals_older_than_thirty_days_are_removed_unless_they_live(tmp_path: Path) -> None:
    old = make_journal(tmp_path, 31 * 24 * 3600)
    living = Writer(tmp_path / f"00000-{os.getpid()}-cafe.jsonl")
    os.utime(living.path, (0, 0))

    removed = retention.remove_old(tmp_path)

    assert removed == [old]
    living.close()


def test_a_dead_runs_journal_is_merged_once_and_closed(tmp_path: Path) -> None:
    dead = make_journal(tmp_path, 5, ended=False)
    make_journal(tmp_path, 3)
    with dead.open("ab") as file:
        file.write(b'{"event":"test","id":"a.py::torn","outc')
    merged: list[Path] = []

    first = retention.recover(tmp_path, lambda path, _events: merged.append(path))
    second = retention.recover(tmp_path, lambda path, _events: merged.append(path))

    assert (first, second, merged) == ([dead], [], [dead])
    end = journal.read(dead)[-1]
    assert (end["event"], end["status"], end["interrupted"]) == ("end", None, True)
    assert end["counts"] == {"failed": 1}


def test_a_living_runs_journal_is_left_alone(tmp_path: Path) -> None:
    living = Writer(tmp_path / f"1-{os.getpid()}-cafe.jsonl")
    living.write({"event": "run", "format": 1})

    assert retention.recover(tmp_path, lambda _path, _events: None) == []
    living.close()


def test_a_journal_of_a_newer_format_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / f"1-{os.getpid()}-cafe.jsonl"
    path.write_bytes(journal.encode({"event": "run", "format": 2}))

    assert retention.recover(tmp_path, lambda _path, _events: None) == []
    assert len(journal.read(path)) == 1


def test_a_run_writes_two_lines_a_passing_test(project: Project) -> None:
    tests = "".join(f"def test_{number}(): pass\n" for number in range(50))
    project.write({"test_a.py": tests})

    project.ours()

    text = project.journals()[-1].read_text("utf-8")
    assert text.count("\n") == 2 * 50 + len(["run", "file", "selected", "end"])
    assert all(json.loads(line)["event"] for line in text.splitlines())
