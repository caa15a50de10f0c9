"""Measure side by side: `npm run bench -- [PART…] [--quick] [--rounds N] [--minutes N]`.

Medians, spread, ratios and bars are printed. The results are written to `tests/bench/results/`,
those of `--quick` to `build/bench/results/`.
"""

# ruff: noqa: T201 # a script speaks on its stdout

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path

from tests.bench import results
from tests.bench.chaos import bench_chaos
from tests.bench.lf import bench_lf
from tests.bench.machine import about
from tests.bench.order import bench_order
from tests.bench.overhead import bench_overhead
from tests.bench.results import PARTS, Jobs, Result
from tests.bench.runs.report import bench_runs
from tests.bench.say import say
from tests.bench.server.report import bench_server
from tests.bench.turns import Turns

WORK = Path(__file__).resolve().parents[2] / "build" / "bench"
QUICK = 10
"""By how much everything is smaller with `--quick`."""
Bench = Callable[..., Jobs]
BENCHES: dict[str, Bench] = {
    "lf": bench_lf,
    "overhead": bench_overhead,
    "order": bench_order,
    "server": bench_server,
    "runs": bench_runs,
    "chaos": bench_chaos,
}


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="npm run bench --", description=__doc__.splitlines()[0])
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=PARTS, metavar="PART")
    parser.add_argument("--rounds", type=int, help="turns of each contender (7; with --quick, 2)")
    parser.add_argument("--minutes", type=float, default=math.inf, help="at most, for each scene")
    parser.add_argument("--warm-up", type=int, default=1, help="rounds that do not count (1)")
    parser.add_argument("--scene", help="only this one of the parts; other results stay")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    parser.add_argument("--smaller", type=int, default=1, help="so many times smaller still")
    parser.add_argument("--work", type=Path, default=WORK, help="where projects are made")
    options = parser.parse_args()
    rounds = options.rounds or (2 if options.quick else 7)
    turns = Turns(rounds, options.minutes, options.warm_up)
    kept = options.work / "results" if options.quick else results.KEPT
    scale = options.smaller * (QUICK if options.quick else 1)
    for part in options.parts:
        path = kept / f"{part}.json"
        jobs = BENCHES[part](options.work / part, turns, scale=scale)
        command = f"npm run bench -- {part}{' --quick' if options.quick else ''}"
        perform(part, path, jobs, command, options.scene)
        if scale > 1:
            print("The bars are those of the full size; what is smaller may miss them.")
        print(f"written to {path}", flush=True)


def perform(part: str, path: Path, jobs: Jobs, command: str, only: str | None = None) -> Result:
    """Run one part; its results are written after each scene, since some take long.

    With *only* that scene takes the place of the one that *path* has had.
    """
    result = Result(part, about(command))
    for name, job in jobs.items():
        if only in {None, name}:
            scene = job()
            print(say(scene), flush=True)
            before = results.read(path).scenes if only and path.exists() else result.scenes
            scenes = {**before, name: scene}
            # In the order in which they are shown.
            in_order = {each: scenes[each] for each in jobs if each in scenes}
            result = Result(part, result.about, in_order)
            results.write(path, result)
    missed = "".join(f"\n  {bar.what}" for bar in result.missed)
    print(f"\n{part}: " + (f"MISSED:{missed}" if missed else "all bars reached"), flush=True)
    return result


if __name__ == "__main__":
    main()
