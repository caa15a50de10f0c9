"""Which parameters live longer than a test: pytest runs tests with equal ones together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from pytest_recall_server.model.outline import Lasting, Parameters

WITHOUT_HASH = "?"
"""Stands for a value that pytest tells from others by its place."""
_SCOPES = {"session", "package", "module", "class"}


def lasting_of(marks: Sequence[Parameters], scopes: Sequence[str]) -> tuple[Lasting, ...] | None:
    """Return which parameters of a test with *marks* live longer than it does.

    *scopes*: how long the values of each mark live; None: it is not certain which are equal.
    """
    found: list[Lasting] = []
    stride = 1
    total = math.prod(len(mark.ids) for mark in marks)
    for mark, scope in zip(reversed(marks), reversed(scopes), strict=True):
        chosen = [at // stride % len(mark.ids) for at in range(total)]
        stride *= len(mark.ids)
        if scope == "function":
            continue
        if scope not in _SCOPES or any("" in keys for keys in mark.values):
            return None
        # pytest numbers the values of fixtures, but for other arguments the tests.
        found[:0] = [
            _lasting(mark, number, scope, chosen, chosen if name in mark.indirect else range(total))
            for number, name in enumerate(mark.names)
        ]
    return tuple(found)


def _lasting(
    mark: Parameters, number: int, scope: str, chosen: Sequence[int], places: Sequence[int]
) -> Lasting:
    values = [mark.values[at][number] for at in chosen]
    return Lasting(
        name=mark.names[number],
        scope=scope,
        values=tuple(
            f"at {place}" if value == WITHOUT_HASH else value
            for value, place in zip(values, places, strict=True)
        ),
        places=tuple(places),
    )
