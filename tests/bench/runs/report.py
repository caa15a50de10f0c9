"""`npm run bench -- runs`: runs through the server beside `pytest`, in one run."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench.results import Bar, Jobs, Scene
from tests.bench.runs import projects, ways
from tests.bench.runs.environments import Environment, environments
from tests.bench.runs.projects import Project
from tests.bench.runs.ways import Server
from tests.bench.turns import Figures, Turns

COLD = 1.1
"""The first result of a cold run, of that of `pytest <ids>`, at most."""
CPU = 1.05
"""Of `pytest -q`, at most, for 10,000 trivial tests."""
GLYPH = 0.100
"""Seconds from the end of a test to its result at the client, at most."""
STAMPS = 20
UNITS = {"first": "s", "end": "s", "cpu": "s", "server": "s"}
NOTE = (
    "*first*: to the first result, *end*: to the end of the run; *cpu*: pytest and all its"
    " processes, *server*: the server's own CPU."
)


def bench_runs(work: Path, turns: Turns, *, scale: int) -> Jobs:
    """Return scenes of one test, of what failed, of all tests, and of a result's way."""
    alone, together = environments(work)
    jobs: dict[str, Callable[[], Scene]] = {}
    for environment in (alone, together):
        for make in (projects.one_trivial, projects.two_failed):
            name = f"{make.__name__}, {environment.name}"
            jobs[name] = partial(_selected, work, environment, make, scale, turns)
    return {
        **jobs,
        "all": partial(_all, work, alone, scale, turns),
        "chosen": partial(_chosen, work, alone, scale, turns),
        "told": partial(_told, work, alone, turns),
    }


def _selected(
    work: Path,
    environment: Environment,
    make: Callable[[Path, int], Project],
    scale: int,
    turns: Turns,
) -> Scene:
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

    peer = "pytest <ids>"
    contenders = {
        peer: lambda: ways.pytest(environment, plain.folder, [*plain.failed]),
        "pytest --lf": last_failed,
        "server, cold": cold.run,
        "server, warm": warm.run,
    }
    samples = turns.take(contenders)
    title = f"{plain.title}, {environment.name}"
    note = f"{NOTE} {warm.warm_runs} of {len(samples[peer]) + 1} runs were warm."
    for server in (cold, warm):
        server.stop()
    scene = Scene(title, UNITS, samples, peer)
    bars = tuple(
        Bar(f"first result, {name} / {peer}", scene.ratio(name, "first") or 0.0, bar)
        for name, bar in (("server, cold", COLD), ("server, warm", environment.warm_bar))
    )
    return Scene(title, UNITS, samples, peer, bars, note)


def _all(work: Path, environment: Environment, scale: int, turns: Turns) -> Scene:
    plain, cold_one, warm_one = (
        projects.all_trivial(work / "projects" / name, scale) for name in ("plain", "cold", "warm")
    )
    cold = Server(environment, cold_one, ["-q"], warm=False)
    warm = Server(environment, warm_one, ["-q"], warm=True)
    contenders = {
        "pytest -q": lambda: ways.pytest(environment, plain.folder, ["-q"]),
        "server, cold": cold.run,
        "server, warm": warm.run,
    }
    samples = turns.take(contenders)
    for server in (cold, warm):
        server.stop()
    title = f"{plain.title}, {environment.name}"
    scene = Scene(title, UNITS, samples, "pytest -q")
    bars = tuple(
        Bar(f"CPU of pytest, {name} / pytest -q", scene.ratio(name, "cpu") or 0.0, CPU)
        for name in ("server, cold", "server, warm")
    )
    return Scene(title, UNITS, samples, scene.peer, bars, NOTE)


def _chosen(work: Path, environment: Environment, scale: int, turns: Turns) -> Scene:
    """Compare a selection of thousands of ids with them on the command line; there is no bar."""
    plain, other = (
        projects.all_chosen(work / "projects" / name, scale) for name in ("plain", "cold")
    )
    server = Server(environment, other, ["-q"], warm=False)
    samples = turns.take(
        {
            "pytest -q": lambda: ways.pytest(environment, plain.folder, ["-q"]),
            "pytest -q <ids>": lambda: ways.pytest(
                environment, plain.folder, ["-q", *plain.failed]
            ),
            "server, cold": server.run,
        }
    )
    server.stop()
    return Scene(f"{plain.title}, {environment.name}", UNITS, samples, "pytest -q", note=NOTE)


def _told(work: Path, environment: Environment, turns: Turns) -> Scene:
    samples = turns.take({"server, cold": partial(_delays, work, environment)})
    title = f"from a test's last act to its result at the client ({STAMPS} tests)"
    units = {"median": "ms", "p95": "ms", "worst": "ms"}
    p95 = Scene(title, units, samples).median("server, cold", "p95") or 0.0
    return Scene(title, units, samples, bars=(Bar("p95 of the tests", p95, GLYPH * 1e3, "ms"),))


def _delays(work: Path, environment: Environment) -> Figures:
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
    return {
        "median": statistics.median(delays) * 1e3,
        "p95": statistics.quantiles(delays, n=20)[-1] * 1e3,
        "worst": max(delays) * 1e3,
    }
