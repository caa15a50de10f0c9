"""Remembered runs are listed from the two ends of their journals, and told in full when asked."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from tests.python.imports.shop import CART, PRICES, bring_in, failed_case, lay_out, suite

from pytest_recall import journal
from pytest_recall_server.errors import HumanError
from pytest_recall_server.model.pastruns import PastRun, past_run, results_of, told_by
from pytest_recall_server.model.results import Event
from pytest_recall_server.project.pastruns import PIECE, PastRuns, all_runs, run_of, told

RUN = {"event": "run", "format": 1, "time": 100.0, "cwd": "/shop", "args": [], "selection": []}
END = {"event": "end", "status": 0, "counts": {"passed": 2}, "duration": 1.5, "time": 101.5}


def write_journal(cache: Path, number: int, events: list[Event]) -> str:
    """Write the journal of a run that is over; return its run id."""
    run_id = f"20261120T1357{number:02d}.000000Z-{900_000 + number}-a1b2c3d4"
    runs = journal.runs_directory(cache)
    journal.make_runs_directory(runs)
    lines = (json.dumps(event) + "\n" for event in events)
    path = runs / f"{run_id}.jsonl"
    path.write_text("".join(lines), encoding="utf-8")
    path.chmod(0o600)
    return run_id


def ended(number: int, tests: int = 0) -> list[Event]:
    """Return the events of a run of *tests*, of which the first fails."""
    outcomes = ("failed" if index == 0 else "passed" for index in range(tests))
    told = [
        {"event": "test", "id": f"t.py::test_{index}", "outcome": outcome, "message": "assert 0"}
        for index, outcome in enumerate(outcomes)
    ]
    end = {**END, "status": int(bool(tests)), "counts": {"failed": 1, "passed": tests - 1}}
    return [{**RUN, "time": float(number)}, *told, end]


def test_a_hundred_runs_of_ten_thousand_tests_are_listed_from_their_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids = [write_journal(tmp_path, number, ended(number, 10_000)) for number in range(100)]
    read, counted = os.read, [0]

    def counting(descriptor: int, length: int) -> bytes:
        data = read(descriptor, length)
        counted[0] += len(data)
        return data

    monkeypatch.setattr(os, "read", counting)
    runs = PastRuns(str(tmp_path))
    listed, total = runs.newest(100)

    assert [run.id for run in listed] == ids[::-1]
    assert total == len(ids)
    assert {run.state for run in listed} == {"failed"}
    assert listed[0].counts == {"failed": 1, "passed": 9_999}
    assert 0 < counted[0] <= len(ids) * 2 * PIECE

    counted[0] = 0
    assert runs.newest(100)[0] == listed
    assert counted[0] == 0


def test_no_more_runs_are_told_than_asked_for(tmp_path: Path) -> None:
    ids = [write_journal(tmp_path, number, ended(number)) for number in range(5)]

    listed, total = PastRuns(str(tmp_path)).newest(2)

    assert [run.id for run in listed] == [ids[4], ids[3]]
    assert total == len(ids)


def test_a_first_line_of_many_arguments_is_read_whole(tmp_path: Path) -> None:
    args = [f"t.py::test_{index}" for index in range(2000)]
    write_journal(tmp_path, 1, [{**RUN, "args": args}, END])

    listed, _ = PastRuns(str(tmp_path)).newest(10)

    assert listed[0].args == tuple(args)


@pytest.mark.parametrize(
    "text", ["", "torn", '{"event": "run", "format": 99}\n', '{"event": "end", "status": 0}\n']
)
def test_what_is_no_journal_that_can_be_read_is_no_run(tmp_path: Path, text: str) -> None:
    run_id = write_journal(tmp_path, 1, [])
    (journal.runs_directory(tmp_path) / f"{run_id}.jsonl").write_text(text)

    assert PastRuns(str(tmp_path)).newest(10)[0] == []


def test_a_run_that_is_gone_says_so(tmp_path: Path) -> None:
    with pytest.raises(HumanError, match="not remembered any more"):
        PastRuns(str(tmp_path)).told("20261120T135700.000000Z-1-a1b2c3d4")


def test_a_journal_that_is_gone_by_now_tells_nothing(tmp_path: Path) -> None:
    write_journal(tmp_path, 1, ended(1, 2))
    (run,) = all_runs(str(tmp_path))
    Path(run.path).unlink()

    assert (run_of(run.path).format, told(run)) == ("unreadable", told_by([]))


def test_a_failure_that_is_told_in_short_does_not_take_the_reason_of_the_one_before() -> None:
    whole = {"event": "test", "id": "t.py::a", "outcome": "failed", "duration": {"call": 1.0}}
    short: Event = {"event": "test", "id": "t.py::a", "outcome": "failed", "phase": "call"}

    again = told_by([RUN, {**whole, "message": "assert 0"}, short])
    after_a_pass = told_by([RUN, {**whole, "outcome": "passed"}, short])

    assert [each.message for each in again.tests] == ["assert 0"]
    assert [each.outcome for each in after_a_pass.tests] == ["failed"]


@pytest.mark.parametrize(
    ("end", "lives", "state"),
    [
        (None, True, "running"),
        (None, False, "interrupted"),
        ({**END, "status": None}, False, "interrupted"),
        ({**END, "status": 2}, False, "interrupted"),
        ({**END, "status": 5}, False, "empty"),
        ({**END, "status": 1}, False, "failed"),
        ({**END, "status": 4}, False, "failed"),
        (END, False, "passed"),
    ],
)
def test_the_end_says_how_a_run_was(end: Event | None, lives: bool, state: str) -> None:
    assert past_run("x", RUN, end, lives=lives).state == state


@pytest.mark.parametrize(
    ("event", "modes"),
    [
        ({}, ()),
        ({"selection": ["lf", "select"]}, ("lf",)),
        ({"selection": ["lf"], "args": ["--recall-outstanding"]}, ("outstanding",)),
        ({"selection": ["select"]}, ("select",)),
        ({"selection": ["ff", "select"]}, ("ff", "select")),
        ({"selection": "lf"}, ()),
    ],
)
def test_the_first_line_says_what_was_selected(event: Event, modes: tuple[str, ...]) -> None:
    assert past_run("x", {**RUN, **event}, END, lives=False).modes == modes


def test_the_command_line_of_a_run_is_what_a_person_types() -> None:
    first = {**RUN, "args": ["--color=yes", "-k", "a b"], "cwd": "/my shop"}

    run = past_run("x", first, END, lives=False)

    assert run.command == "cd '/my shop' && python -m pytest -k 'a b'"
    # Which tests were named stands in a file that is gone.
    assert past_run("x", {**first, "selection": ["select"]}, END, lives=False).command is None


def test_runs_say_where_they_come_from() -> None:
    origins = [
        past_run("x", {**RUN, **more}, END, lives=False).origin
        for more in ({}, {"live": True}, {"imported": {"name": "junit.xml"}})
    ]

    assert origins == ["terminal", "editor", "imported"]


def test_what_was_imported_is_a_run_named_after_its_source(tmp_path: Path) -> None:
    shop = lay_out(tmp_path)
    bring_in(
        shop,
        suite(
            failed_case("tests.test_cart", "test_total", time="1.5"),
            '<testcase classname="tests.test_cart.TestDiscount" name="test_pieces[1]" time="0.5"/>',
            '<testcase classname="" name="tests.test_prices" time="0.0">'
            '<error message="collection failure">E   SyntaxError</error></testcase>',
        ),
        name="junit.xml",
    )
    past = PastRuns(str(shop / ".pytest_cache"))

    (run,), _ = past.newest(10)
    results = results_of(*past.told(run.id))

    assert (run.origin, run.source, run.command) == ("imported", "junit.xml", None)
    assert (run.state, run.modes, run.duration) == ("failed", (), 2.0)
    assert run.counts == {"failed": 1, "passed": 1}
    assert {each.id: each.outcome for each in results} == {
        f"{CART}::test_total": "failed",
        f"{CART}::TestDiscount::test_pieces[1]": "passed",
        PRICES: "error",
    }


@pytest.mark.parametrize(
    ("member", "source"),
    [
        ({"name": "junit.xml", "into": "look"}, "junit.xml"),
        ({}, "a source without a name"),
        ({"name": 3, "kinds": "x", "when": "y", "into": []}, "a source without a name"),
        ("junit.xml", None),
        (None, None),
    ],
)
def test_a_first_line_of_any_shape_says_whether_it_was_imported(
    member: object, source: str | None
) -> None:
    run = past_run("x", {**RUN, "imported": member}, END, lives=False)

    assert (run.source, run.origin == "imported") == (source, source is not None)


def test_the_last_result_of_each_test_counts_and_what_was_not_reached_is_told() -> None:
    events: list[Event] = [
        RUN,
        {"event": "file", "path": "t.py", "tests": [["::a", 1], ["::b", 2], ["::c", 3]]},
        {"event": "file", "path": "u.py", "error": {"id": "u.py", "message": "SyntaxError"}},
        {"event": "selected", "selected": 3},
        {"event": "start", "id": "t.py::a"},
        {"event": "test", "id": "t.py::a", "outcome": "failed"},
        {"event": "test", "id": "t.py::a", "outcome": "passed"},
        {"event": "start", "id": "t.py::b"},
    ]

    found = told_by(events)
    killed = {each.id: each for each in results_of(PastRun(id="x", state="interrupted"), found)}
    living = {each.id: each.outcome for each in results_of(PastRun(id="x"), found)}

    assert {name: each.outcome for name, each in killed.items()} == {
        "u.py": "error",
        "t.py::a": "passed",
        "t.py::b": "unfinished",
        "t.py::c": "unfinished",
    }
    assert "killed" in (killed["t.py::b"].message or "")
    assert killed["t.py::c"].message == "the run did not come to this test"
    assert living == {"u.py": "error", "t.py::a": "passed"}
