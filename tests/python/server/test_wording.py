"""Short phrases for people, and how streaks of failures are counted."""

from __future__ import annotations

import pytest

from pytest_recall_server.model.results import Outcome, Result
from pytest_recall_server.model.streaks import Streak, Streaks
from pytest_recall_server.model.wording import age, duration_words, span_of_time, streak_words

ID = "test_a.py::test_x"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "less than a minute"),
        (59.9, "less than a minute"),
        (60, "1 min"),
        (119, "1 min"),
        (7199, "119 min"),
        (7200, "2 h"),
        (86400, "24 h"),
        (172799, "47 h"),
        (172800, "2 d"),
    ],
)
def test_an_age_never_says_more_than_it_is(seconds: float, said: str) -> None:
    assert age(seconds) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0 ms"), (0.012, "12 ms"), (0.35, "350 ms"), (2.04, "2.0 s"), (125, "2 min 5 s")],
)
def test_a_duration_has_few_digits(seconds: float, said: str) -> None:
    assert span_of_time(seconds) == said


def test_a_duration_stands_beside_what_is_usual() -> None:
    assert duration_words([0.2]) == "200 ms"
    assert duration_words([0.2, 0.1]) == "200 ms (slower, median of the run before: 100 ms)"
    assert duration_words([2, 1, 1, 3]) == "2.0 s (slower, median of the 3 runs before: 1.0 s)"
    assert duration_words([1, 2]) == "1.0 s (faster, median of the run before: 2.0 s)"
    assert duration_words([1, 1.2]) == "1.0 s (median of the run before: 1.2 s)"
    assert duration_words([0.001, 0.009]) == "1 ms (median of the run before: 9 ms)"


def test_a_streak_in_words() -> None:
    one, three = Streak(runs=1, since=1000.0), Streak(runs=3, since=1000.0)
    now = 1000.0 + 7300

    assert streak_words([None], now) == "failed"
    assert streak_words([one], now) == "failed, since 2 h"
    assert streak_words([three], now) == "failed 3 runs, since 2 h"
    assert streak_words([one, three, None], now) == "3 failed 3 runs, since 2 h"
    assert streak_words([Streak(runs=2, since=None)], now) == "failed 2 runs"


def _result(outcome: Outcome, when: float) -> Result:
    return Result(id=ID, outcome=outcome, when=when)


def test_a_streak_is_of_runs_and_ends_with_a_pass() -> None:
    streaks = Streaks()
    older = Streaks()
    for run, outcome, when in (("3", "failed", 3.0), ("2", "error", 2.0), ("1", "passed", 1.0)):
        older.add_run_before(run, [_result(outcome, when)])  # type: ignore[arg-type] # a literal
    older.add_run_before("0", [_result("failed", 0.0)])
    streaks.add("5", _result("failed", 5.0))

    streaks.add_before(older)

    assert streaks.of(ID) == Streak(runs=3, since=2.0)
    # A test that is run again in the same run has not failed in more runs.
    streaks.add("5", _result("failed", 5.5))
    assert streaks.of(ID) == Streak(runs=3, since=2.0)
    streaks.add("6", _result("skipped", 6.0))
    assert streaks.of(ID) == Streak(runs=3, since=2.0)
    streaks.add("7", _result("failed", 7.0))
    assert streaks.of(ID) == Streak(runs=4, since=2.0)
    streaks.add("8", _result("passed", 8.0))
    assert streaks.of(ID) is None
    streaks.add("9", _result("failed", 9.0))
    assert streaks.of(ID) == Streak(runs=1, since=9.0)


def test_runs_before_a_pass_are_not_counted_whenever_they_are_read() -> None:
    streaks, older = Streaks(), Streaks()
    older.add_run_before("1", [_result("failed", 1.0)])
    streaks.add("2", _result("passed", 2.0))

    streaks.add_before(older)

    assert streaks.of(ID) is None
