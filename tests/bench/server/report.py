"""`npm run bench -- server`: the server beside `pytest --collect-only -q`, in one run."""

# ruff: noqa: T201 # a script speaks on its stdout

from __future__ import annotations

from pathlib import Path

from tests.bench.bars import Bars
from tests.bench.server import measure
from tests.bench.server.suites import SUITES, Suite, small_files

COLD, CACHED = 0.5, 0.05
"""Of `pytest --collect-only -q`, at most."""
FIRST, EDIT, CHANGE, MEMORY = 0.150, 0.020, 0.100, 200.0
"""Seconds, and MiB."""
TREES = (
    ("cold", "cold", COLD),
    ("parsed", "second start", CACHED),
    ("cached", "all tests known", CACHED),
)


def bench_server(work: Path, rounds: int, *, quick: bool) -> dict[str, object]:
    """Measure everything, print it, and return it."""
    bars = Bars()
    results: dict[str, object] = {}
    for make in SUITES:
        suite = make(work, 10 if quick else 1)
        results[suite.name] = _tree(suite, rounds, bars)
    edits = measure.in_turn(1, edits=lambda: measure.edits(work / "long"))["edits"]
    print("\nan edit in a test file of 5,000 lines, until its markers")
    print(f"  median {edits['median'] * 1e3:.1f} ms, worst {edits['worst'] * 1e3:.1f} ms")
    print(f"  p95 {bars.check('an edit', edits['p95'], EDIT, ' s')}")
    suite = small_files(work, 10 if quick else 1)
    changes = measure.in_turn(1, changes=lambda: measure.changes(suite))["changes"]
    print("\none changed file of 1,000, from the watch event to the client")
    print(f"  median {bars.check('a changed file', changes['median'], CHANGE, ' s')}")
    print(f"  p95 {changes['p95'] * 1e3:.0f} ms")
    print(f"\n{'all bars reached' if not bars.missed else 'MISSED: ' + ', '.join(bars.missed)}")
    return {**results, "edits": edits, "changes": changes, "missed": bars.missed}


def _tree(suite: Suite, rounds: int, bars: Bars) -> dict[str, measure.Figures]:
    def cold() -> measure.Figures:
        measure.forget(suite)
        return measure.start(suite)

    def cached() -> measure.Figures:
        # The one before has parsed everything; the tests are known as after a run of all.
        measure.remember(suite)
        return measure.start(suite)

    found = measure.in_turn(
        rounds,
        collect=lambda: {"seconds": measure.collect(suite)},
        cold=cold,
        parsed=lambda: measure.start(suite),
        cached=cached,
        rows=lambda: measure.rows(suite),
    )
    seconds = found["collect"]["seconds"]
    first = found["cold"], found["cached"]
    print(f"\n{suite.name} (medians of {rounds} rounds, interleaved)")
    print(f"  pytest --collect-only -q     {seconds:7.3f} s")
    for name, title, bar in TREES:
        figures = found[name]
        ratio = bars.check(f"{suite.name}, {title}", figures["tree"] / seconds, bar)
        tests = int(figures["tests"])
        print(f"  tree, {title:22} {figures['tree']:7.3f} s  x{ratio}, {tests:,} tests")
    rows = found["rows"]["rows"]
    print(f"  and all rows below the files {rows:7.3f} s  x{rows / seconds:.3f}")
    for name, figures in zip(("cold", "cached"), first, strict=True):
        said = bars.check(f"{suite.name}, first rows {name}", figures["first"], FIRST, " s")
        print(f"  first rows, {name:16} {said}")
    peak = max(found["cold"]["peak"], found["cached"]["peak"])
    print(f"  memory {bars.check(suite.name + ', memory', peak, MEMORY, ' MiB')}", end="")
    print(f", with all rows asked for {found['rows']['peak']:.0f} MiB")
    print(f"  before `initialized`, not counted above: {found['cold']['before']:.3f} s")
    return found
