"""The counts of a root, as the status bar shows them."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_recall_server.model.changes import Counts, Progress
from pytest_recall_server.model.facts import Memory
from pytest_recall_server.model.totals import Totals


def counts_of(totals: Totals, memory: Memory, running: Sequence[Progress], waiting: int) -> Counts:
    """Return the counts of a root; *running* are its runs that are under way, others wait."""
    return Counts(
        failed=len(memory.failed),
        unfinished=len(memory.unfinished),
        new=totals.new,
        passed=totals.passed,
        stale=totals.stale,
        total=totals.tests,
        running=_together(running),
        waiting=waiting,
    )


def _together(running: Sequence[Progress]) -> Progress | None:
    if not running:
        return None
    totals = [progress.total for progress in running]
    return Progress(
        done=sum(progress.done for progress in running),
        total=None if None in totals else sum(total or 0 for total in totals),
        failed=sum(progress.failed for progress in running),
    )
