"""What remembering costs: CPU and memory of trivial tests, and of one among many known ids."""

from __future__ import annotations

import json
import shutil
import statistics
from functools import partial
from pathlib import Path

from tests.bench.results import Bar, Jobs, Scene
from tests.bench.turns import NEITHER, OURS, Pytest, Samples, Turns

OF_STOCK = 1.0
"""What ours may cost above pytest with neither, of what stock's plugins cost above it."""
KNOWN = 1.1
"""The time of one test among many known ids, of that of pytest with neither, at most."""
UNITS = {"cpu": "s", "above": "µs", "peak": "MiB", "wall": "s"}


def bench_overhead(work: Path, turns: Turns, *, scale: int) -> Jobs:
    """Return scenes of ours, stock's cacheprovider and stepwise, and pytest with neither."""
    few, many = 10_000 // scale, 100_000 // scale
    return {
        "known": partial(_known, work / "known", turns, many),
        "few": partial(_trivial, work / "trivial", turns, few),
        "many": partial(_trivial, work / "trivial", turns, many),
    }


def _known(project: Path, turns: Turns, count: int) -> Scene:
    """One trivial test in a project whose cache knows *count* ids."""
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    (project / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (project / "test_one.py").write_text("def test_one(): pass\n", "utf-8")
    Pytest(project, ())()
    nodeids, saved = project / ".pytest_cache/v/cache/nodeids", project.with_name("nodeids")
    ids = [f"tests/pkg_{n % 100:03}/test_{n % 1000:04}.py::test_{n}" for n in range(count)]
    saved.write_text(json.dumps(sorted([*ids, "test_one.py::test_one"]), indent=2), "utf-8")

    def restore() -> None:
        shutil.copyfile(saved, nodeids)

    contenders = {
        "pytest with neither": Pytest(project, NEITHER, restore),
        "Pytest Recall": Pytest(project, OURS, restore),
        "stock pytest": Pytest(project, (), restore),
    }
    samples = turns.take(contenders)
    title = f"one trivial test, {count:,} known ids"
    units = {name: unit for name, unit in UNITS.items() if name != "above"}
    scene = Scene(title, units, samples, "pytest with neither")
    ratio = scene.ratio("Pytest Recall", "cpu")
    assert ratio is not None
    bar = Bar("CPU of Pytest Recall / CPU of pytest with neither", ratio, KNOWN)
    return Scene(title, units, samples, scene.peer, (bar,))


def _trivial(folder: Path, turns: Turns, count: int) -> Scene:
    """*count* tests that do nothing, in files of 100."""
    project = write_trivial(folder / f"{count}", count)
    contenders = {
        "pytest with neither": Pytest(project, NEITHER),
        "Pytest Recall": Pytest(project, OURS),
        "stock pytest": Pytest(project, ()),
    }
    samples = turns.take(contenders)
    ours, stock = (_above(samples, name, count) for name in ("Pytest Recall", "stock pytest"))
    what = f"CPU a test above pytest with neither; the bar is {OF_STOCK:g} of stock pytest's"
    return Scene(
        f"{count:,} trivial tests",
        UNITS,
        samples,
        "pytest with neither",
        (Bar(what, ours, OF_STOCK * stock, "µs"),),
        note="*above*: CPU a test above pytest with neither, of the same round.",
    )


def _above(samples: Samples, name: str, count: int) -> float:
    """Add to each turn the CPU a test above the one with neither beside it; return the median."""
    for turn, bare in zip(samples[name], samples["pytest with neither"], strict=True):
        turn["above"] = (turn["cpu"] - bare["cpu"]) / count * 1e6
    return statistics.median(turn["above"] for turn in samples[name])


def write_trivial(project: Path, count: int) -> Path:
    """Write *count* tests that do nothing into files of 100, if they are not there; return it."""
    if (project / "pytest.ini").exists():
        return project
    project.mkdir(parents=True, exist_ok=True)
    text = "".join(f"def test_{each}(): pass\n" for each in range(100))
    for number in range(count // 100):
        (project / f"test_{number:04}.py").write_text(text, "utf-8")
    # Last, so that what was interrupted is written again.
    (project / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return project
