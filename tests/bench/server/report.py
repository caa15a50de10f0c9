"""`npm run bench -- server`: the server beside `pytest --collect-only -q`, in one run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.results import Bar, Jobs, Scene
from tests.bench.server import measure
from tests.bench.server.suites import SUITES, Suite, small_files
from tests.bench.turns import Figures, Turns

COLD, CACHED = 0.5, 0.05
"""Of `pytest --collect-only -q`, at most."""
FIRST, EDIT, CHANGE, MEMORY = 0.150, 0.020, 0.100, 200.0
"""Seconds, and MiB."""
PEER = "pytest --collect-only -q"
COLD_START, SECOND_START, KNOWN = "server, cold", "server, second start", "server, all tests known"
TREES = ((COLD_START, COLD), (SECOND_START, CACHED), (KNOWN, CACHED))
UNITS = {"tree": "s", "first": "s", "rows": "s", "cpu": "s", "peak": "MiB", "before": "s"}
NOTE = (
    "*tree*: to all files with their numbers of tests; *first*: to the first rows;"
    " *rows*: to all that is below all files, once asked for; all three from `initialized`,"
    " which comes *before* seconds after the start."
)


def bench_server(work: Path, turns: Turns, *, scale: int) -> Jobs:
    """Return a scene for each tree of tests, one for an edit, and one for a changed file."""
    trees = {make.__name__: partial(_tree, make, work, turns, scale) for make in SUITES}
    return {
        **trees,
        "edit": partial(_edit, work, turns),
        "change": partial(_change, work, turns, scale),
    }


def _tree(make: Callable[[Path, int], Suite], work: Path, turns: Turns, scale: int) -> Scene:
    suite = make(work, scale)

    def cold() -> Figures:
        measure.forget(suite)
        return measure.start(suite)

    def known() -> Figures:
        # The one before has parsed everything; the tests are known as after a run of all.
        measure.remember(suite)
        return measure.start(suite)

    contenders: dict[str, Callable[[], Figures]] = {
        PEER: partial(measure.collect, suite),
        COLD_START: cold,
        SECOND_START: partial(measure.start, suite),
        KNOWN: known,
        "server, all rows": partial(measure.rows, suite),
    }
    scene = Scene(suite.name, UNITS, turns.take(contenders), PEER, note=NOTE)
    bars = [
        Bar(f"tree, {name} / {PEER}", scene.ratio(name, "tree") or 0.0, bar) for name, bar in TREES
    ]
    bars += [
        Bar(f"first rows, {name}", scene.median(name, "first") or 0.0, FIRST, "s")
        for name in (COLD_START, KNOWN)
    ]
    peak = max(scene.median(name, "peak") or 0.0 for name in (COLD_START, KNOWN))
    bars.append(Bar("memory of the server", peak, MEMORY, "MiB"))
    return Scene(suite.name, UNITS, scene.samples, PEER, tuple(bars), NOTE)


def _edit(work: Path, turns: Turns) -> Scene:
    samples = turns.take({"server": partial(measure.edits, work / "long")})
    units = {"median": "s", "p95": "s", "worst": "s"}
    scene = Scene("an edit in a test file of 5,000 lines, until its markers", units, samples)
    bar = Bar("p95 of 400 edits", scene.median("server", "p95") or 0.0, EDIT, "s")
    return Scene(scene.title, units, samples, bars=(bar,))


def _change(work: Path, turns: Turns, scale: int) -> Scene:
    suite = small_files(work, scale)
    samples = turns.take({"server": partial(measure.changes, suite)})
    units = {"median": "s", "p95": "s"}
    title = "one changed file of 1,000, from the watch event to the client"
    median = Scene(title, units, samples).median("server", "median") or 0.0
    return Scene(title, units, samples, bars=(Bar("median of 40 files", median, CHANGE, "s"),))
