"""What is remembered of tests beside the failures: what runs have left unfinished."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_recall_server.model.changes import RunName
from pytest_recall_server.model.facts import around
from pytest_recall_server.model.idset import IdSet
from pytest_recall_server.model.order import sort_text
from pytest_recall_server.model.plan import Plan
from pytest_recall_server.model.results import Outcome, Result, unfinished
from pytest_recall_server.model.summary import FileSummary
from pytest_recall_server.project.history import History, Keys
from pytest_recall_server.project.live import LiveRun

A, B, C = "t.py::test_a", "t.py::test_b", "t.py::test_c"
IDS = (A, B, C)


def plan_of(selected: dict[str, object], run: dict[str, object] | None = None) -> Plan:
    plan = Plan()
    plan.begin({"event": "run", "time": 1.0, **(run or {})})
    plan.collect(IDS)
    plan.select({"event": "selected", **selected})
    return plan


def result(node_id: str, outcome: Outcome = "passed", when: float = 5.0) -> Result:
    return Result(id=node_id, outcome=outcome, when=when)


@pytest.mark.parametrize(
    ("selected", "left"),
    [({}, [A, C]), ({"ids": [C, A]}, [C, A]), ({"without": [C]}, [A]), ({"ids": 3}, [B])],
    ids=["all", "ids", "without", "odd"],
)
def test_what_was_selected_and_is_not_over_is_left_in_the_order_of_the_run(
    selected: dict[str, object], left: list[str]
) -> None:
    plan = plan_of(selected)
    plan.start(B)

    over = [] if selected.get("ids") == 3 else [B]

    assert list(plan.left(over)) == left


def test_a_run_that_ended_before_its_first_test_leaves_nothing() -> None:
    assert plan_of({}).left([]) == ()


@pytest.mark.parametrize(
    ("run", "is_remembered"),
    [
        ({}, True),
        ({"selection": ["lf"]}, True),
        ({"selection": ["collect-only"]}, False),
        ({"selection": ["lf", "readonly"]}, False),
        ({"environment": "linux"}, False),
    ],
)
def test_a_run_that_only_looks_or_remembers_apart_leaves_nothing_in_the_keys(
    run: dict[str, object], is_remembered: bool
) -> None:
    assert plan_of({}, run).is_remembered is is_remembered


def test_the_later_word_on_a_test_counts_whichever_run_ends_last() -> None:
    history = History()
    history.add_result(result(A, when=5.0))
    history.add_result(result(B, when=3.0))

    history.add_unfinished(IDS, since=4.0)

    assert history.unfinished() == (B, C)
    history.add_result(result(C, when=6.0))
    assert history.unfinished() == (B,)


def test_failed_is_the_stronger_word() -> None:
    history = History()
    history.set_keys(Keys(failed=(A,), unfinished=(A, B)))
    history.add_unfinished([A, C], since=1.0)

    assert (history.failed(), history.unfinished()) == ((A,), (B, C))
    assert history.outstanding() == (A, B, C)
    assert not history.add_killed(unfinished(A, 2.0))
    assert history.add_killed(unfinished(C, 2.0))
    assert list(history.killed()) == [C]


def test_what_the_keys_say_in_the_end_replaces_what_was_known_before_them() -> None:
    history = History()
    history.add_unfinished([A, B], since=1.0)

    history.set_keys(Keys(unfinished=(B, C)))
    history.forget_live()

    assert history.unfinished() == (B, C)


def test_that_a_test_was_killed_is_forgotten_once_it_is_not_unfinished() -> None:
    history = History()
    history.set_keys(Keys(unfinished=(A,)))
    history.add_old_killed([unfinished(A, 1.0)])
    known = list(history.killed())

    history.set_keys(Keys())
    history.set_keys(Keys(unfinished=(A,)))

    assert known == [A]
    assert history.killed() == {}


def test_what_changes_is_touched_so_that_it_is_told() -> None:
    history = History()
    history.set_keys(Keys(unfinished=("a.py::test_x",)))
    history.add_unfinished(["b.py::test_x"], since=1.0)

    assert history.take_touched(()) == {"a.py", "b.py"}
    history.set_keys(Keys())
    assert history.take_touched(()) == {"a.py"}
    history.forget_live()
    assert history.take_touched(()) == {"b.py"}


EVENTS = st.lists(
    st.one_of(
        st.sampled_from(IDS).map(lambda node_id: {"event": "start", "id": node_id}),
        st.tuples(st.sampled_from(IDS), st.sampled_from(["passed", "failed", "error"])).map(
            lambda each: {"event": "test", "id": each[0], "outcome": each[1], "duration": {}}
        ),
        st.sampled_from(IDS).map(
            lambda node_id: {"event": "test", "id": node_id, "outcome": "failed"}
        ),
    )
)


@given(EVENTS, st.sampled_from([{}, {"event": "end", "status": 1}]))
def test_after_a_run_every_selected_test_has_passed_failed_or_is_unfinished(
    events: list[dict[str, object]], end: dict[str, object]
) -> None:
    history = History()
    live = LiveRun(RunName(run="r", token=None), history)
    tests = [[f"::{node_id.partition('::')[2]}", 1] for node_id in IDS]
    begin: list[dict[str, object]] = [
        {"event": "run", "time": 1.0},
        {"event": "file", "path": "t.py", "tests": tests},
        {"event": "selected", "time": 2.0},
    ]
    for event in (*begin, *events, end):
        live.feed(event)
        assert history.unfinished() == (), "a run under way leaves nothing yet"

    live.close()

    whole = {event["id"]: event["outcome"] for event in events if "duration" in event}
    early = {event["id"] for event in events if event["event"] == "test"} - whole.keys()
    failed = early | {node_id for node_id, outcome in whole.items() if outcome != "passed"}
    has_begun = any(event["event"] == "start" for event in events)
    left = [each for each in IDS if each not in whole and each not in early and has_begun]
    assert set(history.failed()) - early >= failed - early
    assert list(history.unfinished()) == left
    told = {event.id for event in live.take() if event.kind == "unfinished"}
    began = {event["id"] for event in events if event["event"] == "start"}
    assert told == (set() if end else began & set(left))


@pytest.mark.parametrize(
    ("facts", "rank"),
    [
        ({"failed": True, "unfinished": True, "new": True}, "0"),
        ({"unfinished": True, "new": True}, "1"),
        ({"new": True}, "2"),
        ({}, "3"),
    ],
)
def test_files_stand_by_failures_then_unfinished_tests_then_new_ones(
    facts: dict[str, bool], rank: str
) -> None:
    file = FileSummary(
        path="t.py",
        modified=0,
        error=None,
        tests=0,
        new_tests=0,
        passed=0,
        stale=0,
        failed=facts.get("failed", False),
        unfinished=facts.get("unfinished", False),
        new=facts.get("new", False),
    )

    assert sort_text(file).startswith(f"{rank}-")


NESTED = st.sampled_from(
    ["a.py", "a.py::test_x", "a.py::T::test_x[1]", "a.py::T::test_x[2]", "d/b.py::T::U::test_y"]
)


@given(st.lists(st.tuples(st.booleans(), NESTED)), st.lists(NESTED))
def test_a_set_of_ids_knows_what_holds_them_after_any_change(
    changes: list[tuple[bool, str]], last: list[str]
) -> None:
    ids, expected = IdSet(), dict[str, None]()
    for is_added, node_id in changes:
        if is_added:
            ids.add(node_id)
            expected[node_id] = None
        else:
            ids.discard(node_id)
            expected.pop(node_id, None)
        assert (list(ids.ids), frozenset(ids.around)) == (list(expected), around(expected))

    ids.replace(last)

    assert (frozenset(ids.ids), frozenset(ids.around)) == (frozenset(last), around(last))
