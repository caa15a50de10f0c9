"""The line that a person can paste into a terminal to run what the editor has run."""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import Path

import pytest
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import PATIENCE, Session

from pytest_recall_server.lsp import protocol
from pytest_recall_server.model.changes import Selection, SelectionKind
from pytest_recall_server.runs.command import Runner
from pytest_recall_server.runs.terminal import Stage, few, split_paths, terminal_line

SOME = """\
import pytest

def test_good(): pass
def test_bad(): assert 0
@pytest.mark.parametrize("n", ["it's", "two words", "a::b", "$HOME"])
def test_many(n): assert n == "a::b"
"""
FILES = {"test_some.py": SOME, "sub/test_other.py": SOME, "sub/deep/test_third.py": SOME}
HOME = Path("/home/ada/shop")


def line(
    kind: SelectionKind,
    *ids: str,
    args: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    remembered: tuple[str, ...] = (),
    stage: Stage | None = None,
) -> str:
    """Return what follows `python -m pytest`."""
    stage = stage or Stage(rootdir=str(HOME), cwd=str(HOME))
    runner = Runner(interpreter="python", args=args)
    selection = Selection(kind=kind, ids=ids, exclude=exclude)
    whole = terminal_line(runner, selection, remembered, stage)
    begin = f"cd {shlex.quote(stage.cwd)} && python -m pytest"
    assert whole.startswith(begin)
    return whole.removeprefix(begin).strip()


@pytest.mark.parametrize(
    ("kind", "flags"),
    [
        ("all", ""),
        ("lastFailed", "--lf --lfnf none"),
        ("outstanding", "--recall-outstanding --lfnf none"),
        ("failedFirst", "--ff"),
        ("newFirst", "--nf"),
        ("stepwise", "--sw"),
        ("stepwiseSkip", "--sw-skip"),
        ("stepwiseReset", "--sw-reset"),
    ],
)
def test_each_kind_of_run_has_the_flags_of_pytest(kind: SelectionKind, flags: str) -> None:
    assert line(kind, args=("-q",)) == f"-q {flags}".strip()


def test_chosen_ids_are_named_and_quoted_after_the_flags() -> None:
    named = line("failedFirst", "t.py::test_a[it's]", "sub", args=("-k", "a b"))

    assert shlex.split(named) == ["-k", "a b", "--ff", "t.py::test_a[it's]", "sub"]


def test_outstanding_tests_are_named_where_they_are_few_since_stock_pytest_knows_no_flag() -> None:
    assert line("outstanding", remembered=("a.py::x", "b.py::y")) == "a.py::x b.py::y"
    assert line("outstanding", "b.py", remembered=("a.py::x", "b.py::y")) == "b.py::y"


def test_what_is_excluded_is_deselected_or_ignored() -> None:
    assert line("all", exclude=("t.py::a", "sub")) == "--deselect=t.py::a --ignore=sub"


def test_paths_are_relative_to_where_pytest_is_invoked() -> None:
    stage = Stage(rootdir=str(HOME), cwd=str(HOME / "sub"))

    named = line("ids", "sub/t.py::a", "b.py", exclude=("sub/x", "b.py::c"), stage=stage)

    assert named == "--ignore=x --deselect=b.py::c t.py::a ../b.py"


def test_a_path_that_looks_like_an_option_is_none() -> None:
    assert line("ids", "-x.py") == "./-x.py"


def test_many_ids_become_the_files_that_hold_them_and_many_files_their_folders() -> None:
    in_few_files = [f"{name}/t.py::test_{n}" for name in "ab" for n in range(15)]
    in_many_files = [f"a/{name}/t{n}.py::test" for name in "xy" for n in range(15)]

    assert few(in_few_files[:20]) == tuple(in_few_files[:20])
    assert few(in_few_files) == ("a/t.py", "b/t.py")
    assert few(in_many_files) == ("a/x", "a/y")
    assert few([*in_many_files, "top.py::test"]) == ("a/x", "a/y", "top.py")
    assert few(f"t{n}.py" for n in range(21)) == ("",)


def test_paths_among_the_arguments_are_told_from_values_of_options(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").touch()

    def paths(*args: str) -> list[str]:
        return split_paths(args, str(tmp_path))[1]

    assert paths("tests") == ["tests"]
    assert paths("-v", "tests", "-xvs", "tests/test_a.py::test", "--lf", ".") == [
        *("tests", "tests/test_a.py::test", ".")
    ]
    assert paths("--tb=short", "tests", "-n4", "tests") == ["tests", "tests"]
    assert paths("--ignore", "tests", "-k", "tests", "-c", "tests", "nowhere") == []


def test_chosen_tests_take_the_place_of_paths_among_the_arguments(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    stage = Stage(rootdir=str(tmp_path), cwd=str(tmp_path))

    assert line("all", args=("tests", "-x"), stage=stage) == "-x tests"
    assert line("ids", "tests/t.py::a", args=("tests", "-x"), stage=stage) == "-x tests/t.py::a"


def terminal(session: Session) -> str:
    """Return the line of the last run."""
    told = session.started[-1].terminal
    assert told is not None
    return told


async def ran_by(line: str, cwd: Path) -> list[str]:
    """Return the ids that the line runs when a shell in *cwd* gets it."""
    process = await asyncio.create_subprocess_shell(
        f"{line} -v -p no:cacheprovider",
        cwd=cwd,
        env=clean_environment(),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    found = re.findall(r"^(\S.*?) (?:PASSED|FAILED) +\[", output.decode(), re.MULTILINE)
    return sorted(found)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("kind", "ids", "exclude"),
    [
        ("all", [], []),
        ("all", [], ["sub/deep", "test_some.py::test_good"]),
        ("ids", ["sub", "test_some.py::test_many[it's]"], ["sub/deep/test_third.py"]),
        ("ids", ["test_some.py::test_many[$HOME]", "sub/test_other.py::test_many[a::b]"], []),
    ],
    ids=["all", "all but some", "chosen", "strange names"],
)
async def test_the_line_runs_in_a_terminal_what_the_editor_has_run(
    kind: protocol.SelectionKind, ids: list[str], exclude: list[str], project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(root)

    await session.run(kind, ids, exclude)

    assert await ran_by(terminal(session), root.parent) == sorted(session.outcomes())


@pytest.mark.asyncio
async def test_a_run_of_outstanding_tests_tells_a_line_that_names_them(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(root)
    await session.run("ids", ["sub/deep"])
    session.events.clear()

    await session.run("outstanding")

    assert len(session.outcomes()) == 4
    assert await ran_by(terminal(session), root.parent) == sorted(session.outcomes())


@pytest.mark.asyncio
@pytest.mark.parametrize("kind", ["failedFirst", "newFirst", "stepwise"])
async def test_a_narrowed_run_tells_the_flag_and_what_it_was_narrowed_to(
    kind: SelectionKind, project: Write, start: Start
) -> None:
    session = await start(project(FILES), args=["-q"])

    await session.run(kind, ["sub/deep"])

    flag = {"failedFirst": "--ff", "newFirst": "--nf", "stepwise": "--sw"}[kind]
    assert terminal(session).endswith(f" -m pytest -q {flag} sub/deep")
