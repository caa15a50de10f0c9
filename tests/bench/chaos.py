"""What is lost when runs are killed, crowded and damaged: the trials of `tests/chaos`, counted.

There is nothing to repeat and no warm-up: each trial is done many times to both sides in turn.
"""

from __future__ import annotations

import os
import random
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from tests.bench.results import OF, Bar, Jobs, Scene
from tests.bench.turns import Figures, Turns
from tests.chaos.__main__ import TRIALS
from tests.chaos.plan import FULL, SHORT, Plan, Size
from tests.chaos.result import Row
from tests.chaos.sides import PLUGINS, end_forking
from tests.python.plugin import support

_COUNT = re.compile(r"([\d,]+)(?: of ([\d,]+))?")


def bench_chaos(work: Path, _turns: Turns, *, scale: int) -> Jobs:
    """Return a scene for each trial; `npm run chaos` also plants faults, to see them caught."""
    size = FULL if scale == 1 else SHORT
    seed = random.SystemRandom().randrange(1_000_000)
    return {
        name: partial(_trial, work / name, name, size, seed)
        for name in TRIALS
        if name != "controls"
    }


def _trial(folder: Path, name: str, size: Size, seed: int) -> Scene:
    shutil.rmtree(folder, ignore_errors=True)
    with _temporary_files_in(folder / "tmp"):
        rows = TRIALS[name](Plan(folder, seed, size))
        end_forking()
    samples = {
        "stock pytest": [_figures(rows, [row.stock for row in rows])],
        "Pytest Recall": [_figures(rows, [row.ours for row in rows])],
    }
    units = {row.trial: "lost" for row in rows}
    ours = samples["Pytest Recall"][0]
    bars = tuple(Bar(row.trial, ours[row.trial], 0, "lost") for row in rows)
    return Scene(name, units, samples, bars=bars, note=f"Seed {seed}.")


@contextmanager
def _temporary_files_in(folder: Path) -> Iterator[None]:
    """Let runs leave what they leave in *folder*, and find the plugins of the trials."""
    folder.mkdir(parents=True)
    before, paths = os.environ.get("TMPDIR"), support.EXTRA_PATHS
    os.environ["TMPDIR"], support.EXTRA_PATHS = str(folder), (str(PLUGINS),)
    try:
        yield
    finally:
        support.EXTRA_PATHS = paths
        if before is None:
            del os.environ["TMPDIR"]
        else:
            os.environ["TMPDIR"] = before


def _figures(rows: list[Row], texts: list[str]) -> Figures:
    """Return what was lost in each trial, and of how many; nothing where a side has no such."""
    figures: Figures = {}
    for row, text in zip(rows, texts, strict=True):
        found = _COUNT.match(text)
        if found is None:
            continue
        count, of = (int((each or f"{row.runs}").replace(",", "")) for each in found.groups())
        # Where the bar is 0, what went wrong is counted, else what was kept.
        figures[row.trial] = count if row.bar == "0" else of - count
        figures[OF.format(row.trial)] = of
    return figures
