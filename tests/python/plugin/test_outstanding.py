"""What is failed or unfinished after a run: the decision table, in words, as code and in fact."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.python.plugin.support import SOURCES as SOURCE_FOLDER
from tests.python.plugin.support import Project

from pytest_recall import selection
from pytest_recall.outstanding import Happening, Outstanding, State, after_run, next_state

SOURCES = str(SOURCE_FOLDER)

ID = "test_a.py::test_it"
CURED = re.compile(r"(?P<without>\w+)(?: \(`(?P<cure>\w+)`: (?P<with>\w+)\))?")


def table() -> dict[Happening, list[str]]:
    """Return the rows of the table in the words of selection.py."""
    assert selection.__doc__ is not None
    lines = [line for line in selection.__doc__.splitlines() if line.startswith("| ")][1:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return {Happening(name): states for name, *states in cells}


def test_the_table_names_everything_that_can_happen() -> None:
    assert set(table()) == set(Happening)


@pytest.mark.parametrize("happening", Happening, ids=lambda each: each.value)
def test_the_code_does_what_the_table_says(happening: Happening) -> None:
    for state, cell in zip(State, table()[happening], strict=True):
        match = CURED.fullmatch(cell)
        assert match is not None
        assert next_state(state, happening) is State(match["without"])
        for cure in ("stale", "skipped", "exit", "stepwise"):
            cured = match["with"] if match["cure"] == cure else match["without"]
            assert next_state(state, happening, {cure}) is State(cured)


@dataclass(frozen=True)
class Case:
    """How to let something happen to the test `ID`: files and arguments."""

    body: str = "def test_it(): pass"
    arguments: tuple[str, ...] = ()
    remembered: str = ID
    removes: bool = False
    """The test's file is taken away before the run."""


FIRST = "def test_first(): "
PARAMETERS = "import pytest\n@pytest.mark.parametrize('n', ['new'])\n"
CASES: dict[Happening, Case] = {
    Happening.NOT_COLLECTED: Case(arguments=("test_other.py",)),
    Happening.DESELECTED: Case(arguments=("-k", "test_other")),
    Happening.NOT_REACHED: Case(FIRST + "assert 0\ndef test_it(): pass", ("-x",)),
    Happening.STARTED_ONLY: Case("def test_it(): raise KeyboardInterrupt"),
    Happening.PASSED: Case(),
    Happening.FAILED: Case("def test_it(): assert 0"),
    Happening.ERROR: Case(
        "import pytest\n@pytest.fixture\ndef broken():\n    yield\n    assert 0\n"
        "def test_it(broken): pass"
    ),
    Happening.SKIPPED: Case("import pytest\ndef test_it(): pytest.skip('no')"),
    Happening.XFAILED: Case("import pytest\n@pytest.mark.xfail\ndef test_it(): assert 0"),
    Happening.XPASSED: Case("import pytest\n@pytest.mark.xfail\ndef test_it(): pass"),
    Happening.UNCOLLECTABLE: Case("def test_it(: pass", ("--continue-on-collection-errors",)),
    Happening.FILE_GONE: Case(removes=True),
    Happening.TEST_GONE: Case("def test_renamed(): pass"),
    Happening.PARAMETER_GONE: Case(
        PARAMETERS + "def test_it(n): pass", ("-k", "test_other"), f"{ID}[old]"
    ),
    Happening.PARAMETER_REPLACED: Case(PARAMETERS + "def test_it(n): pass", (), f"{ID}[old]"),
}


def state_of(project: Project, nodeid: str) -> State:
    """Return what is remembered of *nodeid*."""
    unfinished = project.key("recall/unfinished") or {"ids": []}
    assert isinstance(unfinished, dict)
    states = {State.FAILED: nodeid in project.lastfailed()}
    states[State.UNFINISHED] = nodeid in unfinished["ids"]
    held = [state for state, holds in states.items() if holds]
    assert len(held) <= 1
    return held[0] if held else State.CLEAR


def set_state(project: Project, nodeid: str, state: State) -> None:
    """Let *nodeid* be remembered so."""
    if state is State.FAILED:
        project.set_key("cache/lastfailed", {nodeid: True})
    if state is State.UNFINISHED:
        project.set_key("recall/unfinished", {"version": 1, "ids": [nodeid]})


@pytest.mark.parametrize("cure", ["", "stale", "skipped"])
@pytest.mark.parametrize("state", State, ids=lambda each: each.value)
@pytest.mark.parametrize("happening", Happening, ids=lambda each: each.value)
def test_a_real_run_does_what_the_table_says(
    project: Project, happening: Happening, state: State, cure: str
) -> None:
    case = CASES[happening]
    project.write({"test_a.py": case.body + "\n", "test_other.py": "def test_other(): pass\n"})
    if case.removes:
        project.remove("test_a.py")
    set_state(project, case.remembered, state)

    cures = (f"--recall-cures={cure}",) if cure else ()
    project.ours(*case.arguments, *cures)

    assert state_of(project, case.remembered) is next_state(state, happening, {cure})


SMALL_IDS = [f"test_a.py::test_{number}" for number in range(6)]
happenings = st.sampled_from(Happening)


def oracle(
    failed: list[str], unfinished: list[str], happened: dict[str, Happening], cures: set[str]
) -> tuple[set[str], set[str]]:
    """Say what is outstanding, rule by rule and without the table."""
    broken = {each for each, what in happened.items() if what.value.startswith(("failed", "error"))}
    done = {
        each
        for each, what in happened.items()
        if what.name in {"PASSED", "SKIPPED", "XFAILED", "XPASSED"}
    }
    gone = {
        each
        for each, what in happened.items()
        if what.name in {"TEST_GONE", "PARAMETER_REPLACED"}
        or (what.name == "FILE_GONE" and "stale" in cures)
    }
    cut_off = {
        each for each, what in happened.items() if what.name in {"NOT_REACHED", "STARTED_ONLY"}
    }
    spared = {each for each in failed if happened.get(each) is Happening.SKIPPED}
    still_failed = set(failed) - gone - (done - spared if "skipped" in cures else done) | broken
    still_undone = (set(unfinished) - done - gone | cut_off) - still_failed
    return still_failed, still_undone


@given(
    failed=st.lists(st.sampled_from(SMALL_IDS), unique=True),
    unfinished=st.lists(st.sampled_from(SMALL_IDS), unique=True),
    happened=st.dictionaries(st.sampled_from(SMALL_IDS), happenings),
    cures=st.sets(st.sampled_from(["stale", "skipped"])),
)
def test_many_tests_at_once_agree_with_the_oracle(
    failed: list[str], unfinished: list[str], happened: dict[str, Happening], cures: set[str]
) -> None:
    unfinished = [each for each in unfinished if each not in failed]
    before = Outstanding(tuple(failed), tuple(unfinished))

    def what(nodeid: str) -> Happening:
        return happened.get(nodeid, Happening.NOT_COLLECTED)

    after = after_run(before, what, happened, cures=cures)

    assert (set(after.failed), set(after.unfinished)) == oracle(failed, unfinished, happened, cures)
    assert len(set(after.failed)) == len(after.failed)
    kept = [each for each in failed if each in after.failed]
    assert list(after.failed[: len(kept)]) == kept


SUITE = {
    "test_a.py": "def test_1(): pass\ndef test_2(): assert 0\ndef test_3(): pass\n",
    "sub/test_b.py": "class TestB:\n    def test_4(self): pass\n    def test_5(self): pass\n",
    "test_c.py": "def test_6(): pass\n",
}
ALL = ["sub/test_b.py::TestB::test_4", "sub/test_b.py::TestB::test_5", "test_a.py::test_1"]
ALL += ["test_a.py::test_2", "test_a.py::test_3", "test_c.py::test_6"]


def unfinished_of(project: Project) -> list[str]:
    """Return the ids in `recall/unfinished`."""
    value = project.key("recall/unfinished")
    return list(value["ids"]) if isinstance(value, dict) else []


def test_after_a_stop_the_failed_and_the_unreached_run_and_then_nothing_is_left(
    project: Project,
) -> None:
    project.write(SUITE)
    project.ours("-x")
    assert unfinished_of(project) == ALL[4:]
    project.write({"test_a.py": SUITE["test_a.py"].replace("assert 0", "pass")})

    last_failed = project.ours("--lf", "--collect-only")
    run = project.ours("--recall-outstanding")
    again = project.ours("--recall-outstanding", "--lfnf=none")

    assert list(last_failed.selected) == ["test_a.py::test_2"]
    assert list(run.ran) == ALL[3:]
    expected = "run-outstanding: rerun previous 1 failure and 2 unfinished tests (skipped 1 file)"
    assert run.line("run-outstanding") == expected
    assert (project.lastfailed(), unfinished_of(project)) == ([], [])
    assert again.line("run-outstanding") == (
        "run-outstanding: no outstanding tests, deselecting all items."
    )
    assert again.ran == ()


def test_files_without_outstanding_tests_are_not_collected(project: Project) -> None:
    project.write(SUITE)
    project.set_key("recall/unfinished", {"version": 1, "ids": [ALL[1]]})

    run = project.ours("--recall-outstanding")

    assert run.collected == ("sub/test_b.py",)
    assert run.ran == (ALL[1],)
    status = "run-outstanding: rerun 1 unfinished test (skipped 2 files)"
    assert run.line("run-outstanding") == status


def test_a_collection_error_leaves_nothing_unfinished(project: Project) -> None:
    project.write({**SUITE, "test_d.py": "import no_such_module\n"})

    run = project.ours()

    assert run.ran == ()
    assert unfinished_of(project) == []


def test_a_set_up_that_is_only_planned_leaves_nothing_unfinished(project: Project) -> None:
    project.write(SUITE)

    project.ours("--setup-plan")
    project.ours("--collect-only")
    project.ours("-x", "--recall-readonly")

    assert unfinished_of(project) == []


def test_a_value_of_a_newer_version_is_left_alone(project: Project) -> None:
    project.write(SUITE)
    newer = {"version": 2, "what": "ever"}
    project.set_key("recall/unfinished", newer)

    run = project.ours("-x")

    assert run.status == 1
    assert project.key("recall/unfinished") == newer


ENDS: dict[str, Callable[[str], str]] = {
    "SIGKILL": lambda this: f"import os, signal; os.kill({this}, signal.SIGKILL)",
    "exit": lambda _this: "import os; os._exit(3)",
}


@pytest.mark.parametrize("journal", [True, False])
@pytest.mark.parametrize("end", ENDS)
def test_a_killed_run_leaves_what_it_did_not_finish(
    project: Project, end: str, journal: bool
) -> None:
    deadly = f"def test_3():\n    {ENDS[end]('os.getpid()')}\n"
    project.write({**SUITE, "test_a.py": SUITE["test_a.py"].split("def test_3")[0] + deadly})
    setting = () if journal else ("-o", "recall_journal=no")

    project.process("-m", "pytest", "-p", "pytest_recall.plugin", *setting, PYTHONPATH=SOURCES)
    taking_up = project.ours("test_c.py::test_6", "--co")
    first = (project.lastfailed(), unfinished_of(project))
    outstanding = project.ours("--recall-outstanding", "--co")

    if journal:
        assert taking_up.status == 0
        assert first == (["test_a.py::test_2"], ALL[4:])
        assert list(outstanding.selected) == ALL[3:]
    else:
        assert first == ([], [])
