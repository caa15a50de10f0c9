"""Hold stock and ours to the model, and name the cures by which they differ."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace

from tests.python.plugin.differential.model import CURES, Expected, Situation, State
from tests.python.plugin.differential.predict import predict
from tests.python.plugin.differential.twin import Comparison, Side

AGE = re.compile(r" \(cache from .* ago, use --sw-reset to discard\)\.$")


class Explainer:
    """What one step should have done, and did."""

    def __init__(self, step: Comparison) -> None:
        """Ask the model."""
        self.step = step
        before = State(step.before.lastfailed, step.before.nodeids, step.before.stepwise)
        named = step.arguments[len(step.step.flags) :]
        self.situation = Situation(step.suite, before, step.step.flags, "".join(named))

    def faults(self) -> Iterator[str]:
        """Yield what differs from the model: in ours a fault, in stock one of the model."""
        stock = predict(replace(self.situation, cures=frozenset()))
        yield from _differences("stock", self.step.stock, stock)
        yield from _differences("ours", self.step.ours, predict(self.situation))

    def used(self) -> set[str]:
        """Return the cures without which ours would have had to do something else."""
        return cures_at_work(self.situation)


def cures_at_work(situation: Situation) -> set[str]:
    """Return the cures without which *situation* would end otherwise."""
    cured = predict(situation)
    return {name for name in CURES if predict(replace(situation, cures=CURES - {name})) != cured}


def _differences(who: str, side: Side, expected: Expected) -> Iterator[str]:
    seen = _seen(side)
    for field in fields(Expected):
        is_so, should = getattr(seen, field.name), getattr(expected, field.name)
        if is_so != should:
            yield f"{who}, {field.name}: is {is_so}, should be {should}"


def _seen(side: Side) -> Expected:
    outcome = side.outcome
    starts = ("run-last-failure: ", "stepwise: ")
    lines = [line for line in outcome.output.splitlines() if line.startswith(starts)]
    return Expected(
        status=outcome.status,
        ran=outcome.ran,
        selected=outcome.selected,
        deselected=outcome.deselected,
        collected=outcome.collected,
        errors=outcome.errors,
        lines=tuple(AGE.sub("", line) for line in lines),
        after=State(side.lastfailed, side.nodeids, side.stepwise),
    )
