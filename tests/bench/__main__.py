"""Measure side by side: `npm run bench -- [PART…] [--rounds N] [--quick]`.

Medians and ratios are printed, and written to `build/bench/`.
"""

# ruff: noqa: T201 # a script speaks on its stdout

from __future__ import annotations

import argparse
import json
from pathlib import Path

from tests.bench import plugin
from tests.bench.runs.report import bench_runs
from tests.bench.server.report import bench_server

WORK = Path(__file__).resolve().parents[2] / "build" / "bench"
PLUGIN = {
    "lf": plugin.bench_lf,
    "known": plugin.bench_known,
    "pertest": plugin.bench_per_test,
}


def main() -> None:
    """Run the parts asked for."""
    parser = argparse.ArgumentParser(prog="npm run bench --", description=__doc__.splitlines()[0])
    parts = [*PLUGIN, "server", "runs"]
    parser.add_argument("parts", nargs="*", choices=[*parts, []], default=parts)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    options = parser.parse_args()
    WORK.mkdir(parents=True, exist_ok=True)
    results = [
        result
        for part in options.parts
        if part in PLUGIN
        for result in PLUGIN[part](options.rounds, quick=options.quick)
    ]
    if results:
        (WORK / "plugin.json").write_text(json.dumps(results, indent=2), "utf-8")
    if "server" in options.parts:
        found = bench_server(WORK / "server", options.rounds, quick=options.quick)
        (WORK / "server.json").write_text(json.dumps(found, indent=2), "utf-8")
    if "runs" in options.parts:
        found = bench_runs(WORK / "runs", options.rounds, quick=options.quick)
        (WORK / "runs.json").write_text(json.dumps(found, indent=2), "utf-8")
    print(f"\nwritten to {WORK}")


if __name__ == "__main__":
    main()
