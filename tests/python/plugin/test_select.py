"""The launcher, and runs of exactly the tests that a file lists."""

from __future__ import annotations

import json
import sysconfig

import pytest
from tests.python.plugin.support import LAUNCHER, Outcome, Project

from pytest_recall.narrowing import Wanted

WEIRD = ["a::b", "x[y]", "nl\nnl", "q'\"", "日本", "-dash", "[", "]", "a/b"]

SUITE = {
    "sub/test_weird.py": f"""
    import pytest
    @pytest.mark.parametrize("value", {WEIRD!r})
    def test_w(value): pass
    @pytest.mark.parametrize("value", ["a::b"])
    class TestC:
        def test_m(self, value): pass
        def test_n(self, value): pass
    def test_other(): pass
    """,
    "sub/test_broken.py": "import nosuch\n",
    "sub/helper.py": "def test_in_helper(): pass\n",
    "build/test_b.py": "def test_b(): pass\n",
    "deep/a/test_d.py": "def test_d(): pass\ndef test_e(): pass\n",
    "deep/test_f.py": "def test_f(): pass\n",
}


def run(project: Project, ids: list[str], exclude: list[str] | None = None, *more: str) -> Outcome:
    """Write a selection and run it."""
    selection = {"ids": ids} | ({"exclude": exclude} if exclude else {})
    (project.path / "selection.json").write_text(json.dumps(selection), "utf-8")
    return project.ours("--recall-select=selection.json", *more)


@pytest.fixture
def suite(project: Project) -> Project:
    """Return a project with a suite in which much is odd."""
    project.write(SUITE)
    return project


@pytest.mark.parametrize(
    ("ids", "exclude", "expected"),
    [
        (["sub/test_weird.py::test_other"], [], ["sub/test_weird.py::test_other"]),
        (["build"], [], ["build/test_b.py::test_b"]),
        (["sub/helper.py"], [], ["sub/helper.py::test_in_helper"]),
        (["deep"], ["deep/a"], ["deep/test_f.py::test_f"]),
        (
            ["deep/"],
            ["deep/a/test_d.py::test_d"],
            ["deep/a/test_d.py::test_e", "deep/test_f.py::test_f"],
        ),
        (
            ["deep/test_f.py", "deep/a/test_d.py::test_e"],
            [],
            ["deep/a/test_d.py::test_e", "deep/test_f.py::test_f"],
        ),
        (
            ["sub/test_weird.py::TestC"],
            [],
            [f"sub/test_weird.py::TestC::test_{n}[a::b]" for n in "mn"],
        ),
        (["sub/test_weird.py::TestC::test_n"], [], ["sub/test_weird.py::TestC::test_n[a::b]"]),
        (
            [""],
            ["sub"],
            [
                "build/test_b.py::test_b",
                "deep/a/test_d.py::test_d",
                "deep/a/test_d.py::test_e",
                "deep/test_f.py::test_f",
            ],
        ),
    ],
)
def test_exactly_what_is_listed_runs_in_the_order_of_a_plain_run(
    suite: Project, ids: list[str], exclude: list[str], expected: list[str]
) -> None:
    outcome = run(suite, ids, exclude, "-o", "norecursedirs=nothing")

    assert list(outcome.ran) == expected
    assert outcome.deselected == ()
    assert outcome.status == 0


def test_a_named_folder_that_is_usually_ignored_is_collected(suite: Project) -> None:
    assert run(suite, ["build"]).ran == ("build/test_b.py::test_b",)


def test_every_parameter_can_be_selected_alone(suite: Project) -> None:
    everything = run(suite, ["sub/test_weird.py::test_w"]).ran

    assert len(everything) == len(WEIRD)
    for nodeid in everything:
        assert run(suite, [nodeid]).ran == (nodeid,)


def test_only_the_files_that_are_needed_are_collected(suite: Project) -> None:
    assert run(suite, ["deep/test_f.py::test_f"]).collected == ("deep/test_f.py",)


def test_ids_that_are_gone_are_named_and_the_rest_runs(suite: Project) -> None:
    gone = ["gone.py::t", "sub/test_weird.py::gone", "sub/test_weird.py::test_w[gone]"]

    outcome = run(suite, [*gone, "build/test_b.py"])

    assert outcome.ran == ("build/test_b.py::test_b",)
    assert outcome.status == 0
    line = outcome.line("recall:")
    assert line == f"recall: 3 selected tests no longer exist: {', '.join(gone)}"


def test_if_all_are_gone_nothing_runs_and_the_status_is_5(suite: Project) -> None:
    outcome = run(suite, ["gone.py::t"])

    assert (outcome.ran, outcome.status) == ((), 5)
    assert outcome.line("recall:") == "recall: 1 selected test no longer exists: gone.py::t"


def test_a_file_that_cannot_be_imported_is_an_error_and_not_gone(suite: Project) -> None:
    outcome = run(suite, ["sub/test_broken.py::test_x", "build/test_b.py"])

    assert outcome.errors == ("sub/test_broken.py",)
    assert outcome.line("recall:") == ""


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not UTF-8 JSON"),
        ("[]", 'has no list of node ids named "ids"'),
        ('{"ids": 3}', 'has no list of node ids named "ids"'),
        ('{"ids": [], "exclude": [1]}', 'has no list of node ids named "exclude"'),
    ],
)
def test_a_bad_selection_says_what_is_wrong(suite: Project, content: str, message: str) -> None:
    (suite.path / "selection.json").write_text(content, "utf-8")

    outcome = suite.ours("--recall-select=selection.json")

    assert outcome.ran == ()
    assert message in outcome.output


def test_a_selection_and_last_failed_run_what_both_select(project: Project) -> None:
    project.write(
        {"test_a.py": "def test_a(): assert 0\n", "test_b.py": "def test_b(): assert 0\n"}
    )
    project.ours()

    assert run(project, ["test_b.py"], None, "--lf").ran == ("test_b.py::test_b",)


@pytest.mark.parametrize("left", ["", "def test_good(): pass\n", None])
def test_a_failure_that_is_gone_is_forgotten_though_nothing_runs(
    project: Project, left: str | None
) -> None:
    project.write({"test_a.py": "def test_bad(): assert 0\n"})
    project.ours()
    assert project.lastfailed() == ["test_a.py::test_bad"]

    if left is None:
        project.remove("test_a.py")
    else:
        project.write({"test_a.py": left})
    flags = ["--lf", "--lfnf", "none", "--recall-cures", "stale,exit"]
    outcome = run(project, ["test_a.py"], None, *flags)

    assert (outcome.ran, outcome.status) == ((), 0)
    assert project.lastfailed() == []


def test_what_is_wanted_is_told_from_what_leads_to_it() -> None:
    wanted = Wanted.of(["a/b.py::C::t", "d"], ["d/e.py"])

    assert wanted.takes("a/b.py::C::t[1]")
    assert not wanted.takes("a/b.py::C::u")
    assert all(wanted.leads(nodeid) for nodeid in ("a", "a/b.py", "a/b.py::C"))
    assert wanted.takes("d/f.py::t")
    assert not wanted.leads("d/e.py")


DUMP = """
import json, os, signal, sys, threading, warnings

def descriptors():
    # The journal's own lies above these, where it takes no number from a test.
    for number in range(200):
        try:
            status = os.fstat(number)
        except OSError:
            continue
        yield number, status.st_mode >> 12, os.get_inheritable(number)

def test_dump():
    main = sys.modules["__main__"]
    seen = {
        "path": sys.path, "argv": sys.argv, "cwd": os.getcwd(), "env": dict(os.environ),
        "threads": [thread.name for thread in threading.enumerate()],
        "main": [main.__name__, getattr(main, "__file__", None)], "flags": str(sys.flags),
        "filters": [str(each) for each in warnings.filters],
        "signals": {str(each): str(signal.getsignal(each)) for each in signal.valid_signals()},
        "descriptors": list(descriptors()),
        "modules": sorted(name for name in sys.modules if not name.startswith("pytest_recall")),
    }
    with open(os.environ["DUMP"], "w") as file:
        json.dump(seen, file)
"""


@pytest.mark.parametrize("arguments", [[], ["-n1"]], ids=["alone", "xdist"])
def test_a_test_cannot_tell_the_launcher_from_plain_pytest(
    project: Project, arguments: list[str]
) -> None:
    project.write({"test_a.py": DUMP})
    script = f"{sysconfig.get_path('scripts')}/pytest"
    seen = []
    for command in ([script], [str(LAUNCHER), "--"]):
        dump = project.path / "dump.json"
        done = project.process(*command, *arguments, "test_a.py", DUMP=str(dump))
        assert done.returncode == 0, done.stdout + done.stderr
        found = json.loads(dump.read_text("utf-8"))
        found["env"].pop("PYTEST_XDIST_TESTRUNUID", None)
        seen.append(found)

    # The standard library's own modules that our plugin needs may be there; nobody else's.
    extra = set(seen[1].pop("modules")) - set(seen[0].pop("modules"))
    assert {name.partition(".")[0] for name in extra} <= STANDARD
    assert seen[1] == seen[0]


STANDARD = {"fcntl", "_blake2", "_hashlib", "hashlib", "json", "_json"}


def test_the_launcher_names_a_python_without_pytest(project: Project) -> None:
    done = project.process("-S", "-I", str(LAUNCHER), "--")

    assert done.returncode == 4
    assert "has no pytest" in done.stderr
