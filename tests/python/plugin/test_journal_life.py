"""The life of a journal: it begins once, goes on whatever a test closes, ends, and is kept."""

from __future__ import annotations

import os
import sys
import threading
import time
from datetime import datetime, timezone
from pathlib import Path

import pytest
from tests.python.plugin.support import OURS, SOURCES, Project

from pytest_recall import journal, retention, store
from pytest_recall.descriptors import out_of_the_way
from pytest_recall.journalwriter import Writer

posix = pytest.mark.skipif(sys.platform == "win32", reason="descriptors and pipes of POSIX")

CLOSING = """
import os
def test_a(): pass
def test_b(): os.closerange(200, 1100)
def test_c(): pass
def test_d(): assert 0
"""


def outstanding(project: Project) -> str:
    """Return what a run of the outstanding tests would say of them."""
    return project.ours("--recall-outstanding", "--co").line("run-outstanding")


def closed(path: Path) -> bool:
    """Tell whether a journal is that of a run which is over."""
    return retention.has_end(path)


def name_of(begin: float, pid: int | None = None) -> str:
    """Return the name of the journal of a run that began at *begin*, in seconds."""
    moment = datetime.fromtimestamp(begin, timezone.utc)
    return f"{moment:%Y%m%dT%H%M%S.%f}Z-{pid or os.getpid()}-{os.urandom(4).hex()}.jsonl"


def make_journal(folder: Path, age: float, size: int = 0, *, lasting: float = 0.0) -> Path:
    """Write the journal of a run that began *age* seconds ago and took *lasting* seconds."""
    path = folder / name_of(time.time() - age)
    run = journal.encode({"event": "run", "format": 1})
    path.write_bytes(run + journal.encode({"event": "end", "status": 0}))
    with path.open("r+b") as file:
        file.truncate(max(size, path.stat().st_size))
    written = time.time() - age + lasting
    os.utime(path, (written, written))
    return path


@posix
def test_a_journal_whose_descriptor_a_test_closes_goes_on(project: Project) -> None:
    project.write({"test_a.py": CLOSING})
    project.ours()

    outcome = project.ours()

    assert outcome.output.count("the descriptor was closed by a test") == 1
    path = project.journals()[-1]
    told = [event["id"] for event in journal.read(path) if event["event"] == "test"]
    assert list(dict.fromkeys(told)) == [f"test_a.py::test_{name}" for name in "abcd"]
    assert closed(path)
    assert outstanding(project) == "run-outstanding: rerun previous 1 failure"


@posix
def test_a_run_is_alive_after_a_test_closed_its_journal(project: Project) -> None:
    looks = """
    from pathlib import Path
    from pytest_recall import journal, retention
    def test_z():
        runs = journal.runs_directory(Path(".pytest_cache"))
        assert retention.is_alive(journal.journals(runs)[-1])
    """
    project.write({"test_a.py": CLOSING, "test_z.py": looks})
    project.ours()

    outcome = project.ours()

    assert outcome.failed == {"test_a.py::test_d"}


@posix
def test_what_took_the_place_of_the_journal_is_not_written_to(project: Project) -> None:
    replaces = """
    import os
    from pathlib import Path
    def test_replaces():
        path = sorted(Path(".pytest_cache/d/recall/runs").glob("*.jsonl"))[-1]
        path.unlink()
        path.write_text("mine")
        os.closerange(200, 1100)
    def test_after(): assert 0
    """
    project.write({"test_a.py": replaces})
    project.ours("--co")

    outcome = project.ours()

    assert "the run journal ends early" in outcome.output
    assert project.journals()[-1].read_text() == "mine"
    assert project.lastfailed() == ["test_a.py::test_after"]


FULL = """
import errno, os
import pytest
from pytest_recall.pinned import Pinned
real = Pinned.write
class Disk:
    left = 100
def write(descriptor, line):
    if {comes_back} and line.startswith(b"\\n"):
        Disk.left = 1000
    if not Disk.left:
        raise OSError(errno.ENOSPC, "No space left on device")
    line = line[:Disk.left]
    Disk.left -= len(line)
    return real(descriptor, line)
def test_a():
    Pinned.write = staticmethod(write)
def test_b(): assert 0
def test_c(): pass
@pytest.fixture(scope="session", autouse=True)
def back(request):
    request.config.add_cleanup(lambda: setattr(Pinned, "write", staticmethod(real)))
"""


@pytest.mark.parametrize("comes_back", [True, False], ids=["room comes back", "full to the end"])
def test_a_journal_that_ends_early_leaves_no_dead_run(project: Project, comes_back: bool) -> None:
    project.write({"test_a.py": FULL.replace("{comes_back}", str(comes_back))})
    project.ours("--co")

    outcome = project.ours()

    assert "No space left on device" in outcome.output
    assert all(closed(path) for path in project.journals())
    assert len(project.journals()) == (2 if comes_back else 1)
    assert outstanding(project) == "run-outstanding: rerun previous 1 failure"


def test_a_journal_that_was_just_created_is_left_to_its_writer(tmp_path: Path) -> None:
    young = tmp_path / name_of(time.time())
    young.touch()

    assert retention.recover(tmp_path, lambda _path, _events: None) == []
    assert young.read_bytes() == b""

    os.utime(young, (time.time() - 60, time.time() - 60))
    assert retention.recover(tmp_path, lambda _path, _events: None) == [young]


@posix
def test_a_writer_waits_for_who_looks_at_its_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "d" / "recall" / "runs" / name_of(time.time())
    looking: list[threading.Timer] = []

    def looked_at(descriptor: int) -> int:
        """Have somebody else hold the lock for a moment, between creation and locking."""
        other = os.open(path, os.O_RDWR)
        assert store.try_lock(other)
        looking.append(threading.Timer(0.1, os.close, (other,)))
        looking[0].start()
        return out_of_the_way(descriptor)

    monkeypatch.setattr("pytest_recall.journalwriter.out_of_the_way", looked_at)

    writer = Writer(path)
    looking[0].join()

    assert retention.is_alive(path)
    writer.close()


def test_an_end_before_the_beginning_says_nothing(tmp_path: Path) -> None:
    path = tmp_path / name_of(time.time() - 60)
    events: list[journal.Event] = [
        {"event": "end", "status": None},
        {"event": "run", "format": 1},
        {"event": "test", "id": "a.py::t", "outcome": "failed"},
    ]
    path.write_bytes(b"\n" + b"".join(map(journal.encode, events)))
    merged: list[journal.Event] = []

    retention.recover(tmp_path, lambda _path, events: merged.extend(events))

    assert [event["event"] for event in merged] == ["run", "test"]
    assert closed(path)


def test_one_run_with_much_output_costs_no_other_its_journal(tmp_path: Path) -> None:
    small = [make_journal(tmp_path, age) for age in (500, 400)]
    much = make_journal(tmp_path, 100, retention.MAX_BYTES + 1)

    assert retention.remove_old(tmp_path) == []

    newest = make_journal(tmp_path, 50)
    assert retention.remove_old(tmp_path) == [much]
    assert journal.journals(tmp_path) == [*small, newest]


def test_what_a_living_run_will_need_is_kept(tmp_path: Path) -> None:
    size = retention.MAX_BYTES // 2 + 1
    before = make_journal(tmp_path, 900, size)
    reaching = make_journal(tmp_path, 800, size, lasting=700)
    living = Writer(tmp_path / name_of(time.time() - 500), {"event": "run", "format": 1})
    during = [make_journal(tmp_path, age, size) for age in (400, 300, 200)]

    assert retention.remove_old(tmp_path) == [before]

    living.close()
    assert set(retention.remove_old(tmp_path)) == {reaching, *during[:-2]}


@pytest.mark.parametrize("arguments", [("--markers",), ("--fixtures",), ("--help",), ("-VV",)])
def test_what_only_tells_leaves_no_dead_run(project: Project, arguments: tuple[str, ...]) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()

    done = project.process("-m", "pytest", *OURS, *arguments, PYTHONPATH=str(SOURCES))

    assert done.returncode == 0
    assert all(closed(path) for path in project.journals())


@pytest.mark.parametrize("argument", ["--markers", "--help"])
def test_what_only_tells_takes_up_no_dead_run(project: Project, argument: str) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()
    dead = project.journals()[-1].parent / name_of(time.time() - 60)
    dead.write_bytes(journal.encode({"event": "run", "format": 1}))

    project.process("-m", "pytest", *OURS, argument, PYTHONPATH=str(SOURCES))

    assert not closed(dead)


def test_a_configuration_that_fails_leaves_no_journal(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()
    failing = "import pytest\ndef pytest_configure(): raise pytest.UsageError('not so')\n"
    project.write({"conftest.py": failing})

    done = project.process("-m", "pytest", *OURS, PYTHONPATH=str(SOURCES))

    assert "not so" in done.stderr
    assert len(project.journals()) == 1


REPLACING = """
class Mine:
    def get(self, key, default): return "mine"
    def set(self, key, value): pass
def pytest_configure(config):
    config.cache = Mine()
"""


def test_a_cache_that_a_conftest_replaces_is_the_tests_own_affair(project: Project) -> None:
    test = "def test_a(cache): assert cache.get('a/b', 0) == 'mine'\ndef test_b(): assert 0\n"
    project.write({"conftest.py": REPLACING, "test_a.py": test})

    outcome = project.ours()

    assert outcome.status == 1
    assert outcome.failed == {"test_a.py::test_b"}
    assert project.lastfailed() == ["test_a.py::test_b"]


@posix
def test_a_pipe_and_a_link_are_no_journals(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})
    project.ours()
    runs = project.journals()[-1].parent
    os.mkfifo(runs / name_of(time.time() - 60))
    (runs / name_of(time.time() - 50)).symlink_to(project.path / "test_a.py")

    run = project.process("-m", "pytest", *OURS, "-q", PYTHONPATH=str(SOURCES))
    doctor = project.process("-m", "pytest_recall", "doctor", PYTHONPATH=str(SOURCES))

    assert run.returncode == 0
    assert doctor.returncode in {0, 1}
    assert len(journal.journals(runs)) == 2
