"""Runs that pytest-xdist distributes: what is remembered of them, and what workers go by."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree

import execnet.script
import pytest
from tests.python.environment import clean_environment
from tests.python.plugin.support import SOURCES, Project

from pytest_recall.distribution import DISCORD, _multiplier
from pytest_recall.nodeids import without_group

XDIST = ("-p", "xdist", "-n2")
ALONE = ("-p", "xdist")
GROUPING = """
    import pytest

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(config, items):
        # What xdist does where pytest lets it, and will do again where it does not.
        if getattr(config.option, "loadgroup", False):
            for item in items:
                for mark in item.iter_markers("xdist_group"):
                    named = f"{item.nodeid}@{mark.args[0]}"
                    if "@" in item.nodeid.rpartition("]")[2]:
                        continue
                    if hasattr(item, "_id"):
                        from _pytest.nodeid import coerce_node_id
                        item._id = coerce_node_id(named)
                    else:
                        item._nodeid = named
"""


def events(project: Project, kind: str = "test") -> list[dict[str, object]]:
    """Return the events of one kind in the last journal."""
    lines = map(json.loads, project.journals()[-1].read_text("utf-8").splitlines())
    return [line for line in lines if line["event"] == kind]


@pytest.mark.parametrize(
    ("named", "plain"),
    [
        ("test_a.py::test_b@group", "test_a.py::test_b"),
        ("test_a.py::test_b@one@two", "test_a.py::test_b"),
        ("test_a.py::test_b@with[bracket]", "test_a.py::test_b"),
        ("test_a.py::test_b[x]@group", "test_a.py::test_b[x]"),
        ("test_a.py::test_b[x@y]", "test_a.py::test_b[x@y]"),
        ("test_a.py::test_b[x]y]@group", "test_a.py::test_b[x]y]"),
        ("a@b/test_a.py::test_b", "a@b/test_a.py::test_b"),
        ("a@b.txt", "a@b.txt"),
    ],
)
def test_the_group_is_no_part_of_an_id(named: str, plain: str) -> None:
    assert without_group(named) == plain


def test_workers_are_counted_as_xdist_counts_them() -> None:
    assert [_multiplier(spec) for spec in ("popen", "3*popen", "socket=h:1//id=2*3")] == [1, 3, 1]


def test_under_loadgroup_tests_are_remembered_without_their_group(project: Project) -> None:
    tests = """
        import pytest

        @pytest.mark.xdist_group("g")
        class TestGroup:
            @pytest.mark.parametrize("value", ["a@b", "c"])
            def test_bad(self, value): assert value == "c"
            def test_worse(self): assert 0

        def test_good(): pass
    """
    project.write({"test_a.py": tests, "conftest.py": GROUPING})
    bad, worse = "test_a.py::TestGroup::test_bad[a@b]", "test_a.py::TestGroup::test_worse"

    first = project.ours(*XDIST, "--dist", "loadgroup")
    again = project.ours(*XDIST, "--dist", "loadgroup", "--lf", "-k", "bad")

    # The group was there, and xdist went by it.
    assert any("@g" in nodeid for nodeid in first.ran)
    assert set(again.ran) == {f"{bad}@g"}
    assert sorted(project.lastfailed()) == [bad, worse]
    assert project.nodeids() == [bad, bad.replace("a@b", "c"), worse, "test_a.py::test_good"]
    assert {event["id"] for event in events(project)} == {bad}


def test_under_each_a_test_has_failed_if_it_has_in_any_worker(project: Project) -> None:
    tests = """
        import os, pathlib, time

        def here(): return os.environ["PYTEST_XDIST_WORKER"]

        def test_gate():
            # So that the order in which the results come is known.
            while here() != "gw0" and not pathlib.Path("done").exists(): time.sleep(0.01)

        def test_fails_first():
            assert here() != "gw0"

        def test_fails_last():
            assert here() != "gw1"

        def test_tells():
            pathlib.Path("done").touch()

        def test_good(): pass
    """
    project.write({"test_a.py": tests})

    project.ours(*XDIST, "--dist", "each")

    last = {str(event["id"]).partition("::")[2]: event["outcome"] for event in events(project)}
    passed, failed = "passed", "failed"
    assert last == {
        "test_gate": passed,
        "test_fails_first": failed,
        "test_tells": passed,
        "test_fails_last": failed,
        "test_good": passed,
    }
    assert sorted(project.lastfailed()) == [
        "test_a.py::test_fails_first",
        "test_a.py::test_fails_last",
    ]


def test_workers_that_disagree_leave_nothing_behind(project: Project) -> None:
    tests = "import os, pytest\n@pytest.mark.parametrize('n', [os.getpid()])\ndef test_a(n): pass\n"
    project.write({"test_a.py": tests})

    outcome = project.ours(*XDIST)

    assert DISCORD in outcome.output
    assert (project.lastfailed(), project.nodeids()) == ([], [])
    (notice,) = events(project, "notice")
    assert str(notice["message"]).startswith("The workers of pytest-xdist have collected different")
    assert [event for event in events(project, "file") if "error" in event] == []


def test_tx_alone_distributes_nothing(project: Project) -> None:
    project.write({"test_a.py": "".join(f"def test_{name}(): pass\n" for name in "abc")})

    project.ours(*ALONE, "--tx", "2*popen", "--deselect", "test_a.py::test_b")

    assert [event["workers"] for event in events(project, "run")] == [0]
    assert [event["without"] for event in events(project, "selected")] == [["test_a.py::test_b"]]


def test_a_crash_is_the_failure_of_its_test_and_the_rest_goes_on(project: Project) -> None:
    tests = "import os\ndef test_crash(): os._exit(3)\n"
    project.write({"test_a.py": tests + "".join(f"def test_{n}(): pass\n" for n in range(6))})

    project.ours(*ALONE, "--tx", "2*popen", "--dist", "load")

    told = {str(event["id"]): event for event in events(project)}
    crash = told.pop("test_a.py::test_crash")
    assert [event["workers"] for event in events(project, "run")] == [2]
    assert (crash["outcome"], crash["phase"]) == ("failed", "call")
    assert "crashed while running 'test_a.py::test_crash'" in str(crash["message"])
    assert str(crash["message"]).startswith("worker 'gw")
    assert {event["outcome"] for event in told.values()} == {"passed"}
    assert len(told) == 6
    assert project.lastfailed() == ["test_a.py::test_crash"]


def test_what_exitfirst_leaves_is_unfinished(project: Project) -> None:
    tests = "import time\ndef test_0(): assert 0\n"
    tests += "".join(f"def test_{n}(): time.sleep(0.05)\n" for n in range(1, 30))
    project.write({"test_a.py": tests})

    outcome = project.ours(*XDIST, "-x")

    value = project.key("recall/unfinished")
    assert outcome.status == 2
    assert len(outcome.ran) < 30
    assert isinstance(value, dict)
    assert len(value["ids"]) == 30 - len(outcome.ran)


def test_a_selection_reaches_the_workers_and_what_is_gone_is_named(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\ndef test_b(): pass\n"})
    ids = ["test_a.py", "test_a.py::test_gone", "test_gone.py"]
    selection = {"ids": ids, "exclude": ["test_a.py::test_b"]}
    (project.path / "s.json").write_text(json.dumps(selection), "utf-8")

    outcome = project.ours(*XDIST, "--recall-select=s.json")

    assert outcome.ran == ("test_a.py::test_a",)
    gone = "recall: 2 selected tests no longer exist: test_a.py::test_gone, test_gone.py"
    assert outcome.line("recall") == gone


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-p", "no:xdist"], "pytest-xdist is switched off by `-p no:xdist`"),
        ([], "pytest loads no plugins by itself here: add `-p xdist` to pytestRecall.args."),
        (["-p", "xdist", "--pdb"], "--pdb needs all tests in one process"),
    ],
    ids=["off", "not loaded", "pdb"],
)
def test_workers_that_cannot_be_are_taken_back(
    project: Project, arguments: list[str], reason: str
) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})

    outcome = project.ours("--recall-workers=2", "-n2", *arguments)

    (notice,) = events(project, "notice")
    assert (outcome.status, outcome.ran) == (0, ("test_a.py::test_a",))
    assert str(notice["message"]).startswith(f"pytestRecall.workers is 2, but {reason}")


def test_only_what_the_setting_has_added_is_taken_back(project: Project) -> None:
    project.write({"test_a.py": "def test_a(): pass\n"})

    both = project.process(
        "-m", "pytest", "-p", "pytest_recall.plugin", "--recall-workers=0", "-n0", "-n3",
        "-p", "no:xdist", PYTHONPATH=str(SOURCES),
    )  # fmt: skip

    assert both.returncode == 4
    assert "unrecognized arguments: -n3" in both.stderr


@contextmanager
def socket_server(folder: Path) -> Iterator[str]:
    """Let execnet's own server wait in *folder* on a free port of this machine; yield its spec."""
    script = Path(execnet.script.__file__).with_name("socketserver.py")
    folder.mkdir()
    server = subprocess.Popen(
        [sys.executable, "-u", str(script), "127.0.0.1:0"],
        cwd=folder,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        address = server.stdout.readline().partition("('")[2].partition(")")[0]
        yield "socket=" + address.replace("', ", ":")
    finally:
        server.kill()
        server.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc is what makes one path of two files")
def test_a_worker_on_another_machine_gets_the_plugin_and_what_it_is_to_go_by(
    project: Project, tmp_path: Path
) -> None:
    tests = """
        import sys, pathlib

        def test_bad(): assert 0
        def test_good(): pass
        def test_where():
            assert pathlib.Path.cwd().name == "pyexecnetcache"
            assert sys.modules["pytest_recall"].__file__ == "<pytest_recall>"
    """
    project.write({"test_a.py": tests})
    away = tmp_path / "away"
    copytree(SOURCES / "pytest_recall", away / "pytest_recall")
    # Only a process that is in that folder finds the package there.
    launcher = "/proc/self/cwd/pytest_recall/launcher.py"
    root = str(project.path)

    def run(spec: str, *flags: str) -> str:
        arguments = ["--tx", spec, "--dist=load", "--rsyncdir", root, *flags, root]
        done = subprocess.run(
            [sys.executable, launcher, "--recall-cures=all", "--", *arguments],
            cwd=away,
            env=clean_environment(),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return done.stdout + done.stderr

    with socket_server(tmp_path / "far") as spec:
        output = run(spec)
        again = run(spec, "--lf")

    assert "1 failed, 2 passed" in output
    assert project.lastfailed() == ["test_a.py::test_bad"]
    assert project.nodeids() == [f"test_a.py::test_{name}" for name in ("bad", "good", "where")]
    assert "1 failed" in again
    assert "passed" not in again
    assert [event["id"] for event in events(project, "start")] == ["test_a.py::test_bad"]
    assert not os.path.lexists(tmp_path / "far/pyexecnetcache/project/.pytest_cache")
