"""Find out what is to be said of how a run ended that nobody has cancelled."""

from __future__ import annotations

from pytest_recall_server.project.live import LiveRun
from pytest_recall_server.runs.conditions import why_elsewhere
from pytest_recall_server.runs.endings import (
    Ending,
    only_collected,
    why_broken_off,
    why_internal_error,
    why_no_results,
    why_not_started,
)


def why_not_begun(ending: Ending, rootdir: str) -> str | None:
    """Return a sentence on a process that has begun no journal in *rootdir*."""
    # One that begins with an internal error may have removed its journal again.
    elsewhere = why_elsewhere(ending.output, rootdir)
    return elsewhere or why_internal_error(ending, None) or why_not_started(ending)


def why_so(live: LiveRun, ending: Ending, *, is_to_run: bool) -> str | None:
    """Return a sentence on a run that has begun a journal, if it did not end as runs should.

    *is_to_run*: it was not meant to collect only.
    """
    if not live.ended:
        return why_internal_error(ending, None) or why_broken_off(ending, live.killed)
    if live.only_collects and is_to_run:
        return only_collected()
    return why_no_results(ending, live.status, any_results=live.has_results)
