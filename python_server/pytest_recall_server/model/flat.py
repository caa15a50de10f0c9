"""The tests of a file without their places: enough to count them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pytest_recall_server.model.ids import SEPARATOR
from pytest_recall_server.model.outline import Definition

Parametrised = tuple[str, tuple[str, ...] | None]
"""What follows the path in a function's id, and its parameters as in ``Definition``."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Flat:
    """All that a file defines, by what follows the path in its ids (``::TestA::test_b``)."""

    functions: tuple[Parametrised, ...] = ()
    classes: frozenset[str] = frozenset()
    open: frozenset[str] = frozenset()
    """Those of the classes that may have further tests."""
    since: Mapping[str, int] = field(default_factory=dict)
    """When functions were found to be as they are, where that is known: nanoseconds."""
    marks: tuple[str, ...] = ()
    """The names of all marks on functions, sorted."""


NOTHING = Flat()


def flat_of(items: Iterable[Definition]) -> Flat:
    """Return *items* without their places."""
    functions: list[Parametrised] = []
    classes: list[str] = []
    opened: list[str] = []
    since: dict[str, int] = {}
    marks: set[str] = set()

    def visit(owner: str, inside: Iterable[Definition]) -> None:
        for item in inside:
            own = owner + SEPARATOR + item.name
            if item.kind == "function":
                functions.append((own, item.parameters))
                marks.update(item.marks)
                if item.since:
                    since[own] = item.since
                continue
            classes.append(own)
            if item.open:
                opened.append(own)
            visit(own, item.children)

    visit("", items)
    return Flat(
        functions=tuple(functions),
        classes=frozenset(classes),
        open=frozenset(opened),
        since=since,
        marks=tuple(sorted(marks)),
    )
