"""How many tests of a root there are, and how they stand: a sum over its files."""

from __future__ import annotations

from dataclasses import dataclass

from pytest_recall_server.model.summary import FileSummary


@dataclass(frozen=True, kw_only=True, slots=True)
class Totals:
    """How many tests there are, and how they stand."""

    tests: int = 0
    new: int = 0
    passed: int = 0
    stale: int = 0

    def __add__(self, other: Totals) -> Totals:
        return self._with(other, 1)

    def __sub__(self, other: Totals) -> Totals:
        return self._with(other, -1)

    def _with(self, other: Totals, sign: int) -> Totals:
        return Totals(
            tests=self.tests + sign * other.tests,
            new=self.new + sign * other.new,
            passed=self.passed + sign * other.passed,
            stale=self.stale + sign * other.stale,
        )


NO_TOTALS = Totals()


def totals_of(summary: FileSummary) -> Totals:
    """Return what one file adds."""
    return Totals(
        tests=summary.tests, new=summary.new_tests, passed=summary.passed, stale=summary.stale
    )
