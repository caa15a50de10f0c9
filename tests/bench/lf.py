"""`--lf` with two failures, beside naming the two ids and beside stock's `--lf`."""

from __future__ import annotations

import shutil
from functools import partial
from pathlib import Path

from tests.bench.results import Bar, Jobs, Scene
from tests.bench.turns import OURS, Pytest, Turns

OF_IDS = 0.8
"""The time of `--lf`, of that of `pytest <ids>`, at most."""
FORMS = {
    "functions": ("", "def test_{n}(): assert {ok}\n"),
    "classes": ("class TestC:\n", "    def test_{n}(self): assert {ok}\n"),
    "TestCases": (
        "import unittest\nclass TestC(unittest.TestCase):\n",
        "    def test_{n}(self): assert {ok}\n",
    ),
}
PREFIX = {"functions": "", "classes": "TestC::", "TestCases": "TestC::"}
UNITS = {"cpu": "s", "wall": "s"}


def bench_lf(work: Path, turns: Turns, *, scale: int) -> Jobs:
    """Return a scene for each of the three forms that tests can have."""
    return {form: partial(_form, work / form, form, turns, 2_000 // scale) for form in FORMS}


def _form(project: Path, form: str, turns: Turns, files: int) -> Scene:
    ids = make_suite(project, form, files, 10)
    Pytest(project, ())()
    cache, saved = project / ".pytest_cache", project.with_name(f"{project.name}.cache")
    shutil.rmtree(saved, ignore_errors=True)
    shutil.copytree(cache, saved)

    def restore() -> None:
        shutil.rmtree(cache)
        shutil.copytree(saved, cache)

    contenders = {
        "stock pytest <ids>": Pytest(project, tuple(ids), restore),
        "Pytest Recall --lf": Pytest(project, (*OURS, "--lf"), restore),
        "stock pytest --lf": Pytest(project, ("--lf",), restore),
    }
    title = f"2 failed in {files:,} files of 10 tests, {form}"
    scene = Scene(title, UNITS, turns.take(contenders), "stock pytest <ids>")
    bars = []
    for figure, name in (("cpu", "CPU"), ("wall", "wall time")):
        ratio = scene.ratio("Pytest Recall --lf", figure)
        assert ratio is not None
        bars.append(Bar(f"{name} of Pytest Recall --lf / stock pytest <ids>", ratio, OF_IDS))
    return Scene(title, UNITS, scene.samples, scene.peer, tuple(bars))


def make_suite(project: Path, form: str, files: int, tests: int) -> list[str]:
    """Write *files* files of *tests* tests in 100 folders; return the two ids that fail."""
    shutil.rmtree(project, ignore_errors=True)
    head, body = FORMS[form]
    failing = {(files // 3, 3), (2 * files // 3, 7)}
    ids: list[str] = []
    for number in range(files):
        path = project / f"dir_{number % 100:03}" / f"test_{number:04}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [body.format(n=each, ok=(number, each) not in failing) for each in range(tests)]
        path.write_text(head + "".join(lines), "utf-8")
        ids += [
            f"{path.relative_to(project).as_posix()}::{PREFIX[form]}test_{each}"
            for each in range(tests)
            if (number, each) in failing
        ]
    (project / "pytest.ini").write_text("[pytest]\n", "utf-8")
    return ids
