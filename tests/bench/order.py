"""`--ff`, `--nf` and `--lf` among many tests and failures: what choosing and ordering cost."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path

from tests.bench.overhead import write_trivial
from tests.bench.results import Bar, Jobs, Scene
from tests.bench.turns import INSIDE, OURS, SOURCES, Figures, Pytest, Turns

OF_STOCK = 0.6
"""The CPU of our hooks, of that of stock's, at most."""
UNITS = {"hooks": "s", "cpu": "s", "wall": "s"}
TAG = "Signature: 8a477f597d28d172789f06886806bc55"


def bench_order(work: Path, turns: Turns, *, scale: int) -> Jobs:
    """Return scenes of 100,000 tests, half of them known failures, every tenth new."""
    count = 100_000 // scale
    return {
        option: partial(_option, work / option.strip("-"), option, turns, count)
        for option in ("--ff", "--nf", "--lf")
    }


def _option(work: Path, option: str, turns: Turns, count: int) -> Scene:
    """Only collect, with *option*."""
    project = write_trivial(work / f"{count}", count)
    cache, saved = project / ".pytest_cache", work / "cache"
    _remember(saved, count)

    def restore() -> None:
        shutil.rmtree(cache, ignore_errors=True)
        shutil.copytree(saved, cache)

    contenders = {
        f"stock pytest {option}": Hooks(project, (option,), restore),
        f"Pytest Recall {option}": Hooks(project, (*OURS, option), restore),
    }
    samples = turns.take(contenders)
    title = f"{option} --collect-only, {count:,} tests, {count // 2:,} known failures"
    peer, ours = contenders
    ratio = Scene(title, UNITS, samples, peer).ratio(ours, "hooks")
    assert ratio is not None
    bar = Bar(f"CPU of the hooks with {option}, Pytest Recall / stock pytest", ratio, OF_STOCK)
    return Scene(title, UNITS, samples, peer, (bar,))


class Hooks(Pytest):
    """A collection that also tells the CPU seconds inside the cache plugins' ``hooks``."""

    def __call__(self) -> Figures:
        """Run it."""
        told = self.project.with_name("hooktime.json")
        told.unlink(missing_ok=True)
        arguments = ("-p", "hooktime", *self.arguments, "--collect-only")
        paths = {"PYTHONPATH": f"{SOURCES}{os.pathsep}{INSIDE}", "BENCH_HOOKTIME": str(told)}
        figures = Pytest(self.project, arguments, self.before, paths)()
        return {"hooks": json.loads(told.read_text("utf-8"))["sum"], **figures}


def _remember(cache: Path, count: int) -> None:
    """Let every second test be a known failure, and the tests of every tenth file be new."""
    shutil.rmtree(cache, ignore_errors=True)
    values = cache / "v" / "cache"
    values.mkdir(parents=True)
    (cache / "CACHEDIR.TAG").write_text(TAG, "utf-8")
    ids = [f"test_{number // 100:04}.py::test_{number % 100}" for number in range(count)]
    known = [id_ for number, id_ in enumerate(ids) if number // 100 % 10]
    (values / "nodeids").write_text(json.dumps(sorted(known), indent=2), "utf-8")
    failed = dict.fromkeys(sorted(ids[::2]), True)
    (values / "lastfailed").write_text(json.dumps(failed, indent=2), "utf-8")
