"""Repair what can be repaired, in an order in which one repair helps the next."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import replace

from pytest_recall import store
from pytest_recall.doctor.examine import examine_place
from pytest_recall.doctor.files import examine_access, examine_kinds, mend_access, mend_kind
from pytest_recall.doctor.findings import Finding, Place, Repair, Report
from pytest_recall.doctor.gone import examine_ids, forget
from pytest_recall.doctor.journals import (
    DEAD,
    TORN,
    examine_journals,
    mend_journal,
    take_up_dead,
)
from pytest_recall.doctor.leftovers import examine_leftovers, remove
from pytest_recall.doctor.values import examine_values, mend_value

Check = Callable[[Place], Iterator[Finding]]
Mend = Callable[[Place, Finding], Repair]

BEFORE: tuple[tuple[Check, Mend], ...] = (
    (examine_kinds, mend_kind),
    (examine_journals, mend_journal),
    (examine_values, mend_value),
)
AFTER: tuple[tuple[Check, Mend], ...] = (
    (examine_ids, forget),
    (examine_leftovers, remove),
)
DEEPEST = 8
"""How often what could not be read may turn out to hold more that cannot be."""


def repair(report: Report) -> Report:
    """Repair what *report* says can be, and return how things are then.

    Everything is looked at again before it is changed. What is replaced is kept beside the
    original, and what cannot be read is set aside, never deleted. Raises `CacheError`.
    """
    place = report.place
    repairs: list[Repair] = []
    if any(finding.repair for finding in report.findings):
        repairs += _mend_access(place)
        # The values are made good before dead runs are merged into them, and only then is known
        # which ids there are.
        for check, mend in BEFORE:
            repairs += _mend_all(place, check, mend)
        dead = [each for each in examine_journals(place) if each.kind in {DEAD, TORN}]
        repairs += take_up_dead(place, dead)
        for check, mend in AFTER:
            repairs += _mend_all(place, check, mend)
    after = examine_place(place)
    return replace(after, repairs=tuple(repairs))


def _mend_access(place: Place) -> list[Repair]:
    repairs: list[Repair] = []
    for _time in range(DEEPEST):
        found = [finding for finding in examine_access(place) if finding.repair]
        done = [_mend(place, finding, mend_access) for finding in found]
        repairs += done
        if not any(each.done for each in done):
            break
    return repairs


def _mend_all(place: Place, check: Check, mend: Mend) -> list[Repair]:
    with contextlib.ExitStack() as stack:
        found = [each for each in check(place) if each.repair and each.kind not in {DEAD, TORN}]
        if found:
            # Looked at again now that nobody of ours can change it any more.
            stack.enter_context(store.locked(place.cachedir))
            found = [each for each in check(place) if each.repair and each.kind not in {DEAD, TORN}]
        return [_mend(place, finding, mend) for finding in found]


def _mend(place: Place, finding: Finding, mend: Mend) -> Repair:
    try:
        return mend(place, finding)
    except OSError as exc:
        return Repair(finding, error=f"{exc.strerror or exc}")
