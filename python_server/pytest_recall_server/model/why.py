"""Why a run would take a test or leave it out: every fact, by the functions that foresee it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pytest_recall.narrowing import Wanted
from pytest_recall.nodeids import ancestors, is_parametrised, without_parameters
from pytest_recall.selection import Remembered, remember
from pytest_recall_server.model.changes import SelectionKind
from pytest_recall_server.model.listing import Listing
from pytest_recall_server.model.preview import EVERYTHING, Memory, Preview, RunCollection, Why

On = Literal[
    "all",
    "selected",
    "failed",
    "failedParameter",
    "failedAround",
    "unfinished",
    "unfinishedParameter",
    "rest",
    "new",
    "known",
    "goesOn",
    "notPassed",
    "after",
    "start",
]
"""What makes a run take a test.

``failedParameter`` and ``unfinishedParameter``: another parameter of its function, which is gone;
``failedAround``: what it lies in could not be collected; ``rest``: it comes after what has failed;
``after``: behind the test that stepwise goes on from; ``start``: stepwise begins at the first.
"""
Off = Literal[
    "broken",
    "notCollected",
    "notChosen",
    "notFailed",
    "notUnfinished",
    "narrowed",
    "passedBefore",
]
"""What makes a run leave a test out.

``broken``: a file cannot be collected, which ends the run before its first test; ``notChosen``:
other tests were asked for; ``narrowed``: of a file with a failure, pytest collects what has failed
itself; ``passedBefore``: on the way to where stepwise goes on, or left behind there.
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Fact:
    """One thing that puts a test on or off a selection."""

    kind: On | Off
    of: str | None = None
    """What it is a fact of, where that is not the test itself: a file, class or parameter."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Verdict:
    """What a run would do with a test."""

    place: int | None
    """Its place in the order, from 1; None: it would not run."""
    facts: tuple[Fact, ...]
    """At least one."""

    @property
    def runs(self) -> bool:
        """Tell whether the test would run."""
        return self.place is not None


@dataclass(frozen=True, kw_only=True, slots=True)
class Foreseen:
    """A preview, and what it was made of."""

    files: Sequence[Listing]
    kind: SelectionKind
    wanted: Wanted | None
    """What the run names, see ``preview``."""
    chosen: Wanted | None
    """What was asked for; None: everything."""
    memory: Memory
    found: Preview


class Reasons:
    """Says why the tests of one foreseen run would run, or not."""

    def __init__(self, foreseen: Foreseen, everything: Collection[str]) -> None:
        """*everything*: the ids of all tests that pytest collects by itself."""
        self._foreseen = foreseen
        memory = foreseen.memory
        self._broken = [file.path for file in foreseen.files if file.broken]
        self._places: dict[str, tuple[int, Why]] = {}
        for place, test in enumerate(foreseen.found.tests, 1):
            self._places.setdefault(test.id, (place, test.why))
        ground = RunCollection(foreseen.files, foreseen.wanted or EVERYTHING, foreseen.kind, memory)
        self._collected = {*everything, *(each for file in foreseen.files for each in file.tests)}
        self._seen = ground.seen

        def sought(ids: Collection[str]) -> Remembered:
            return remember(ids, ground.seen, ground.is_whole, memory.failed)

        self._failed = sought(memory.failed)
        unfinished = memory.unfinished if foreseen.kind == "outstanding" else ()
        self._unfinished = sought([each for each in unfinished if each not in memory.failed])

    def of(self, node_id: str) -> Verdict:
        """Return what the run would do with the test *node_id*, and why."""
        place, why = self._places.get(node_id, (None, None))
        if why is None:
            return Verdict(place=None, facts=tuple(self._against(node_id)))
        return Verdict(place=place, facts=tuple(self._favour(node_id, why)))

    def _favour(self, node_id: str, why: Why) -> Iterator[Fact]:
        if self._foreseen.chosen is not None:
            yield Fact(kind="selected")
        match self._foreseen.kind:
            case "lastFailed" | "outstanding" | "failedFirst":
                facts = tuple(self._remembered(node_id))
                yield from facts or (Fact(kind="rest"),)
            case "stepwise" | "stepwiseSkip" | "stepwiseReset":
                yield Fact(kind=self._step(why))
            case "newFirst" if why == "new":
                yield Fact(kind="new")
            case "newFirst":
                yield Fact(kind="known")
            case "all" | "ids" | "changed":
                if self._foreseen.chosen is None:
                    yield Fact(kind="all")

    def _step(self, why: Why) -> On:
        if why == "goesOn" or why == "notPassed":  # noqa: PLR1714 - so mypy knows which they are
            return why
        goes_on = any(why == "goesOn" for _, why in self._places.values())
        return "after" if goes_on else "start"

    def _against(self, node_id: str) -> Iterator[Fact]:
        foreseen = self._foreseen
        yield from (Fact(kind="broken", of=path) for path in self._broken)
        if node_id not in self._collected:
            yield Fact(kind="notCollected")
            return
        is_chosen = foreseen.chosen is None or foreseen.chosen.takes(node_id)
        if not is_chosen:
            yield Fact(kind="notChosen")
        if foreseen.kind in {"lastFailed", "outstanding"}:
            yield from self._not_sought(node_id)
        elif foreseen.kind.startswith("stepwise") and not self._broken and is_chosen:
            yield Fact(kind="passedBefore")

    def _not_sought(self, node_id: str) -> Iterator[Fact]:
        if any(self._remembered(node_id)):
            if not self._broken:
                yield Fact(kind="narrowed")
            return
        yield Fact(kind="notFailed")
        if self._foreseen.kind == "outstanding":
            yield Fact(kind="notUnfinished")

    def _remembered(self, node_id: str) -> Iterator[Fact]:
        """Yield by what the test counts as failed or unfinished."""
        function = without_parameters(node_id)
        failed, unfinished = self._failed, self._unfinished
        if node_id in failed.ids:
            yield Fact(kind="failed")
        elif node_id in unfinished.ids:
            yield Fact(kind="unfinished")
        if function in failed.functions:
            for each in self._gone(failed, function):
                yield Fact(kind="failedParameter", of=each)
        if function in unfinished.functions:
            for each in self._gone(unfinished, function):
                yield Fact(kind="unfinishedParameter", of=each)
        for around in ancestors(node_id):
            if around in failed.collectors:
                yield Fact(kind="failedAround", of=around)

    def _gone(self, remembered: Remembered, function: str) -> Iterator[str]:
        """Yield the remembered parameters of *function* that are gone."""
        for each in remembered.ids:
            is_of_it = is_parametrised(each) and without_parameters(each) == function
            if is_of_it and each not in self._seen:
                yield each
