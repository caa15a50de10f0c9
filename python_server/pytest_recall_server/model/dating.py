"""Since when the source of each test is as it is: found out by comparing checksums."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pytest_recall_server.model.ids import SEPARATOR
from pytest_recall_server.model.outline import Definition

Dates = Mapping[str, tuple[int, int]]
"""What follows the path in a function's id → checksum of its source, and since when it is so."""


def dates_of(items: Iterable[Definition], owner: str = "") -> dict[str, tuple[int, int]]:
    """Return what is known of the functions among *items*."""
    found: dict[str, tuple[int, int]] = {}
    for item in items:
        own = owner + SEPARATOR + item.name
        if item.kind == "function":
            found[own] = (item.source, item.since)
        found.update(dates_of(item.children, own))
    return found


def dated(
    items: Iterable[Definition], before: Dates, now: int, owner: str = ""
) -> tuple[Definition, ...]:
    """Return *items* with since when they are so: as *before*, or from *now* on (nanoseconds).

    Of what was not there before nothing is known: a result of it may be of this source or of
    another.
    """
    return tuple(_dated(item, before, now, owner + SEPARATOR + item.name) for item in items)


def _dated(item: Definition, before: Dates, now: int, own: str) -> Definition:
    if item.kind == "class":
        return replace(item, children=dated(item.children, before, now, own))
    source, since = before.get(own, (0, 0))
    if source == 0 or item.source == 0:
        return item
    return replace(item, since=since if source == item.source else now)
