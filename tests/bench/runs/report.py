"""`npm run bench -- runs`: runs through the server beside `pytest`, in one run."""

# ruff: noqa: T201 # a script speaks on its stdout

from __future__ import annotations

import statistics
from collections.abc import Callable
from pathlib import Path

from tests.bench.bars import Bars
from tests.bench.runs import projects, ways
from tests.bench.runs.environments import Environment, environments
from tests.bench.runs.projects import Project
from tests.bench.runs.ways import Figures, Server

COLD = 1.1
"""The first result of a cold run, of that of `pytest <ids>`, at most."""
CPU = 1.05
"""Of `pytest -q`, at most, for 10,000 trivial tests."""
GLYPH = 0.100
"""Seconds from the end of a test to its result at the client, at most."""
STAMPS = 20


def bench_runs(work: Path, rounds: int, *, quick: bool) -> dict[str, object]:
    """Measure everything, print it, and return it."""
    bars = Bars()
    scale = 10 if quick else 1
    results: dict[str, object] = {}
    both = environments(work)
    for environment in both:
        for make in (projects.one_trivial, projects.two_failed):
            found = _selected(work, environment, make, scale, rounds, bars)
            results[f"{environment.name}, {make.__name__}"] = found
    results["all"] = _all(work, both[0], scale, max(3, rounds // 2), bars)
    results["chosen"] = _chosen(work, both[0], scale, max(3, rounds // 2))
    results["stamps"] = _stamps(work, both[0], bars)
    print(f"\n{'all bars reached' if not bars.missed else 'MISSED: ' + ', '.join(bars.missed)}")
    return {**results, "missed": bars.missed}


def _selected(  # noqa: PLR0917 - each is of its own kind
    work: Path,
    environment: Environment,
    make: Callable[[Path, int], Project],
    scale: int,
    rounds: int,
    bars: Bars,
) -> dict[str, object]:
    # Each way has a copy of its own, so that no server reads what another run leaves.
    plain, cold_one, warm_one = (
        make(work / "projects" / name, scale) for name in ("plain", "cold", "warm")
    )
    for project in (plain, cold_one, warm_one):
        project.remember()
        # Bytecode is warm for whoever runs tests twice.
        ways.pytest(environment, project.folder, ["-q"])
        project.remember()
    cold, warm = Server(environment, cold_one, warm=False), Server(environment, warm_one, warm=True)

    def last_failed() -> Figures:
        plain.remember()
        return ways.pytest(environment, plain.folder, ["--lf"])

    contenders = {
        "pytest <ids>": lambda: ways.pytest(environment, plain.folder, [*plain.failed]),
        "pytest --lf": last_failed,
        "cold": cold.run,
        "warm": warm.run,
    }
    found = _in_turn(rounds, contenders)
    print(f"\n{plain.title}, {environment.name} (medians of {rounds} rounds, interleaved)")
    _show(found, "pytest <ids>")
    peer = _median(found["pytest <ids>"], "first")
    what = f"{plain.title}, {environment.name}"
    for name, bar in (("cold", COLD), ("warm", environment.warm_bar)):
        ratio = _median(found[name], "first") / peer
        print(f"  first result, {name}: x{bars.check(f'{what}, {name}', ratio, bar)}")
    print(f"  {warm.warm_runs} of {rounds + 1} runs were warm")
    cold.stop()
    warm.stop()
    return dict(found)


def _all(
    work: Path, environment: Environment, scale: int, rounds: int, bars: Bars
) -> dict[str, object]:
    plain, cold_one, warm_one = (
        projects.all_trivial(work / "projects" / name, scale) for name in ("plain", "cold", "warm")
    )
    cold = Server(environment, cold_one, ["-q"], warm=False)
    warm = Server(environment, warm_one, ["-q"], warm=True)
    contenders = {
        "pytest -q": lambda: ways.pytest(environment, plain.folder, ["-q"]),
        "cold": cold.run,
        "warm": warm.run,
    }
    found = _in_turn(rounds, contenders)
    print(f"\n{plain.title}, {environment.name} (medians of {rounds} rounds, interleaved)")
    _show(found, "pytest -q")
    peer = _median(found["pytest -q"], "cpu")
    for name in ("cold", "warm"):
        ratio = _median(found[name], "cpu") / peer
        print(f"  CPU of pytest, {name}: x{bars.check(f'{plain.title}, {name}', ratio, CPU)}")
    cold.stop()
    warm.stop()
    return dict(found)


def _chosen(work: Path, environment: Environment, scale: int, rounds: int) -> dict[str, object]:
    """Compare a selection of thousands of ids with them on the command line; there is no bar."""
    plain, other = (
        projects.all_chosen(work / "projects" / name, scale) for name in ("plain", "cold")
    )
    server = Server(environment, other, ["-q"], warm=False)
    found = _in_turn(
        rounds,
        {
            "pytest -q": lambda: ways.pytest(environment, plain.folder, ["-q"]),
            "pytest -q <ids>": lambda: ways.pytest(
                environment, plain.folder, ["-q", *plain.failed]
            ),
            "cold": server.run,
        },
    )
    print(f"\n{plain.title}, {environment.name} (medians of {rounds} rounds, interleaved)")
    _show(found, "pytest -q")
    server.stop()
    return dict(found)


def _stamps(work: Path, environment: Environment, bars: Bars) -> dict[str, object]:
    project = projects.stamping(work / "projects" / "stamping", STAMPS)
    server = Server(environment, project, warm=False)
    told, figures = server.follow()
    server.stop()
    # Both clocks are the system's monotonic one.
    delays = [
        figures["began"]
        + told[f"test_stamping.py::test_{number}"]
        - float((project.folder / f"stamp-{number}").read_text("utf-8"))
        for number in range(STAMPS)
    ]
    print(f"\nfrom a test's last act to its result at the client ({STAMPS} tests)")
    print(f"  median {statistics.median(delays) * 1e3:.0f} ms, worst {max(delays) * 1e3:.0f} ms")
    p95 = statistics.quantiles(delays, n=20)[-1]
    print(f"  p95 {bars.check('to the client', p95 * 1e3, GLYPH * 1e3, ' ms')}")
    return {"delays": delays}


def _in_turn(rounds: int, contenders: dict[str, Callable[[], Figures]]) -> dict[str, list[Figures]]:
    """Run all *contenders* in turn, *rounds* times after a warm-up."""
    found: dict[str, list[Figures]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            figures = contender()
            if number:
                found[name].append(figures)
    return found


def _median(runs: list[Figures], name: str) -> float:
    return statistics.median(run[name] for run in runs)


def _show(found: dict[str, list[Figures]], peer: str) -> None:
    for name, runs in found.items():
        line = f"  {name:15}"
        for figure in ("first", "end", "cpu"):
            value = _median(runs, figure)
            ends = [run[figure] for run in runs]
            base = _median(found[peer], figure)
            ratio = f"x{value / base:.2f}" if base else ""
            line += f" {figure} {value:6.3f} s ({min(ends):.3f}..{max(ends):.3f}) {ratio:6}"
        if "server" in runs[0]:
            line += f" server's cpu {_median(runs, 'server'):.3f} s"
        print(line)
