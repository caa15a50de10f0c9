"""Which tests a run has set out to run, read from the events of its journal."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from pytest_recall_server.model.results import Event, number, text, texts

_ONLY_LOOKS = {"collect-only", "readonly"}


@dataclass(slots=True)
class Plan:
    """Takes the events of one journal in order."""

    is_remembered: bool = False
    """What the run does changes what pytest remembers by its own keys."""
    only_collects: bool = False
    """No test runs; what cannot be collected is not remembered by pytest's keys."""
    is_step: bool = False
    """It is a run of stepwise that moves on."""
    when: float = 0.0
    """When the tests were selected."""
    _collected: dict[str, None] = field(default_factory=dict)
    _selected: tuple[str, ...] = ()
    _begun: dict[str, None] = field(default_factory=dict)

    def begin(self, event: Event) -> None:
        """Take the ``run`` event."""
        words = texts(event.get("selection"))
        looks = not _ONLY_LOOKS.isdisjoint(words)
        self.only_collects = "collect-only" in words
        self.is_step = "sw" in words and not looks
        self.is_remembered = not looks and text(event.get("environment")) is None
        self.when = number(event.get("time")) or 0.0

    def collect(self, ids: Iterable[str]) -> None:
        """Take the tests of a ``file`` event."""
        self._collected.update(dict.fromkeys(ids))

    def select(self, event: Event) -> None:
        """Take the ``selected`` event; without ids it means all that was collected."""
        self.when = number(event.get("time")) or self.when
        if event.get("ids") is not None:
            self._selected = texts(event.get("ids"))
        else:
            without = set(texts(event.get("without")))
            self._selected = tuple(each for each in self._collected if each not in without)

    def start(self, node_id: str) -> None:
        """Take the ``start`` event of a test."""
        self._begun[node_id] = None

    def has_begun(self, node_id: str) -> bool:
        """Tell whether the test has begun."""
        return node_id in self._begun

    def left(self, over: Collection[str]) -> tuple[str, ...]:
        """Return the tests that were to run and are not among those that are *over*, in order.

        A run that ended before its first test has left none behind.
        """
        planned = dict.fromkeys((*self._selected, *self._begun)) if self._begun else {}
        return tuple(node_id for node_id in planned if node_id not in over)
