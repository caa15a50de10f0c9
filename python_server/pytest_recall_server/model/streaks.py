"""For how many runs, and since when, tests have failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pytest_recall_server.model.results import Result

# A test that was skipped, or killed, has neither passed nor failed.
_TELLING = frozenset({"passed", "failed", "error", "xfailed", "xpassed"})


@dataclass(frozen=True, kw_only=True, slots=True)
class Streak:
    """The last runs of a test, in all of which it failed."""

    runs: int
    """Of those that ran it; others do not count."""
    since: float | None
    """When the first of them failed, in seconds since the epoch; None where that is not known."""


@dataclass(frozen=True, kw_only=True, slots=True)
class _Counted:
    streak: Streak
    run: str
    """The newest run that is counted."""
    before: Streak | None
    """The streak without it: a test may have several results in one run."""


class Streaks:
    """The streaks of all tests that have failed last."""

    def __init__(self) -> None:
        self._counted: dict[str, _Counted] = {}
        self._over: set[str] = set()
        """Tests whose older runs matter no more: they have passed since."""

    def of(self, node_id: str) -> Streak | None:
        """Return the streak of a test; None where no run is known in which it failed last."""
        counted = self._counted.get(node_id)
        return None if counted is None else counted.streak

    def add(self, run: str, result: Result) -> None:
        """Take a result of a run under way; its last one of the run counts."""
        if result.outcome not in _TELLING:
            return
        if not result.failing:
            self._counted.pop(result.id, None)
            self._over.add(result.id)
            return
        known = self._counted.get(result.id)
        before = None
        if known is not None:
            before = known.before if known.run == run else known.streak
        streak = Streak(
            runs=1 if before is None else before.runs + 1,
            since=result.when if before is None else before.since,
        )
        self._counted[result.id] = _Counted(streak=streak, run=run, before=before)

    def add_run_before(self, run: str, results: Iterable[Result]) -> None:
        """Take the results of a run that is older than all before, one a test."""
        for result in results:
            if result.id in self._over or result.outcome not in _TELLING:
                continue
            if result.failing:
                self._lengthen(result.id, Streak(runs=1, since=result.when), run)
            else:
                self._over.add(result.id)

    def add_before(self, older: Streaks) -> None:
        """Take the streaks of runs that are all older than those before."""
        for node_id, counted in older._counted.items():
            if node_id not in self._over:
                self._lengthen(node_id, counted.streak, counted.run)
        self._over |= older._over

    def _lengthen(self, node_id: str, older: Streak, run: str) -> None:
        known = self._counted.get(node_id)
        if known is None:
            self._counted[node_id] = _Counted(streak=older, run=run, before=None)
            return
        before = older if known.before is None else _joined(older, known.before)
        streak = _joined(older, known.streak)
        self._counted[node_id] = replace(known, streak=streak, before=before)

    def clear(self) -> None:
        """Forget all."""
        self._counted.clear()
        self._over.clear()


def _joined(older: Streak, newer: Streak) -> Streak:
    since = newer.since if older.since is None else older.since
    return Streak(runs=older.runs + newer.runs, since=since)
