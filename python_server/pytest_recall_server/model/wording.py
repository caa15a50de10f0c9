"""Short phrases for people: ages, durations, how a test has done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from statistics import median

from pytest_recall_server.model.results import Outcome, Result
from pytest_recall_server.model.streaks import Streak

_MINUTE, _HOUR, _DAY = 60.0, 3600.0, 86400.0
_SHORT = 0.0005
# Durations differ by themselves.
_MATTERS, _NOTABLY = 0.01, 1.25
_WORST_FIRST: tuple[Outcome, ...] = (
    "error",
    "failed",
    "unfinished",
    "xpassed",
    "passed",
    "xfailed",
    "skipped",
)


def age(seconds: float) -> str:
    """Return how long ago something was: ``3 min``, ``2 h``, ``5 d``."""
    for unit, least, name in ((_DAY, 2, "d"), (_HOUR, 2, "h"), (_MINUTE, 1, "min")):
        if seconds >= least * unit:
            return f"{seconds // unit:.0f} {name}"
    return "less than a minute"


def span_of_time(seconds: float) -> str:
    """Return a duration with three digits at most: ``12 ms``, ``0.35 s``, ``2 min 5 s``."""
    if seconds >= _MINUTE:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
    if seconds >= 1:
        return f"{seconds:.1f} s"
    return "0 ms" if seconds < _SHORT else f"{seconds * 1000:.0f} ms"


def streak_words(streaks: Iterable[Streak | None], now: float) -> str:
    """Return for how long tests of one function have failed: ``failed 3 runs, since 2 h``.

    Of several the longest is told, and how many they are.
    """
    all_of_them = list(streaks)
    known = [each for each in all_of_them if each is not None]
    several = f"{len(all_of_them)} " if len(all_of_them) > 1 else ""
    if not known:
        return f"{several}failed"
    longest = max(known, key=lambda streak: streak.runs)
    ages = [max(now - each.since, 0.0) for each in known if each.since is not None]
    when = f"since {age(max(ages))}" if ages else ""
    if longest.runs == 1:
        return ", ".join(filter(None, (f"{several}failed", when)))
    return ", ".join(filter(None, (f"{several}failed {longest.runs} runs", when)))


def outcome_words(results: Sequence[Result]) -> str:
    """Return how the last results of a function's tests were."""
    if len(results) == 1:
        return results[0].outcome
    return counts_words(Counter(result.outcome for result in results))


def counts_words(counts: Mapping[str, int]) -> str:
    """Return how many tests had which outcome, the worst first: ``1 failed, 3 passed``."""
    return ", ".join(f"{counts[each]} {each}" for each in _WORST_FIRST if counts.get(each))


def skip_words(results: Iterable[Result]) -> str:
    """Return how tests of one function were not run, and why: ``skipped: needs a network``.

    Of several reasons the first is told, and how many more there are.
    """
    said = dict.fromkeys(
        f"{result.outcome}: {result.message}" if result.message else result.outcome
        for result in results
    )
    first, *more = said
    return f"{first} (and {len(more)} more)" if more else first


def duration_words(durations: Sequence[float]) -> str:
    """Return the newest duration, and how it stands to those before; the newest comes first."""
    newest, *before = durations
    if not before:
        return span_of_time(newest)
    usual = median(before)
    runs = "run" if len(before) == 1 else f"{len(before)} runs"
    trend = _trend(newest, usual)
    return f"{span_of_time(newest)} ({trend}median of the {runs} before: {span_of_time(usual)})"


def _trend(newest: float, usual: float) -> str:
    """Return whether a test takes longer or shorter than it did, where that is no chance."""
    if abs(newest - usual) < _MATTERS:
        return ""
    if newest > _NOTABLY * usual:
        return "slower, "
    return "faster, " if usual > _NOTABLY * newest else ""
