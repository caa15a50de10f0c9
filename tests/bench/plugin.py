"""Measure the plugin beside stock pytest: `--lf`, one test among many known ids, cost per test.

Runs of all contenders are interleaved (A B C A B C …).
"""

# ruff: noqa: T201 - a script speaks on its stdout

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
WORK = ROOT / "build" / "bench" / "plugin"
OURS = ("-p", "pytest_recall.plugin")
FORMS = {
    "functions": ("", "def test_{n}(): assert {ok}\n"),
    "classes": ("class TestC:\n", "    def test_{n}(self): assert {ok}\n"),
    "testcases": (
        "import unittest\nclass TestC(unittest.TestCase):\n",
        "    def test_{n}(self): assert {ok}\n",
    ),
}
PREFIX = {"functions": "", "classes": "TestC::", "testcases": "TestC::"}


@dataclass(frozen=True)
class Contender:
    """One thing to measure: a name, pytest's arguments, and what to do before each run."""

    name: str
    arguments: tuple[str, ...]
    before: Callable[[], object]


@dataclass(frozen=True)
class Sample:
    """One run."""

    wall: float
    cpu: float
    peak: int


def run(project: Path, arguments: tuple[str, ...]) -> Sample:
    """Run pytest in *project* and return what it took."""
    environment = {
        **os.environ,
        "PYTHONPATH": str(ROOT / "python_server"),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    # Bytecode is warm for whoever runs tests twice, and so it is here.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, "-m", "pytest", "-q", *arguments]
    begin = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=project, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _pid, _status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - begin
    return Sample(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss)


def measure(project: Path, contenders: list[Contender], rounds: int) -> dict[str, list[Sample]]:
    """Run all *contenders* in turn, *rounds* times after a warm-up."""
    samples: dict[str, list[Sample]] = {each.name: [] for each in contenders}
    for number in range(rounds + 1):
        for contender in contenders:
            contender.before()
            sample = run(project, contender.arguments)
            if number:
                samples[contender.name].append(sample)
    return samples


def show(title: str, samples: dict[str, list[Sample]], peer: str) -> dict[str, object]:
    """Print medians and the ratios to *peer*; return them."""
    print(f"\n{title} ({len(samples[peer])} rounds)")
    base_wall = statistics.median(each.wall for each in samples[peer])
    base_cpu = statistics.median(each.cpu for each in samples[peer])
    rows: dict[str, object] = {"title": title, "peer": peer}
    for name, runs in samples.items():
        walls = sorted(each.wall for each in runs)
        wall = statistics.median(walls)
        cpu = statistics.median(each.cpu for each in runs)
        peak = max(each.peak for each in runs) / 1024
        print(
            f"  {name:28} {wall:7.3f} s ({walls[0]:.3f}..{walls[-1]:.3f})  cpu {cpu:7.3f} s"
            f"  {peak:5.0f} MiB  wall x{wall / base_wall:.2f}  cpu x{cpu / base_cpu:.2f}"
        )
        rows[name] = {
            "wall": wall,
            "cpu": cpu,
            "ratio": wall / base_wall,
            "cpu_ratio": cpu / base_cpu,
        }
    return rows


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


def bench_lf(rounds: int, *, quick: bool) -> list[dict[str, object]]:
    """`--lf` with two failures, against naming the two ids and against stock's `--lf`."""
    results = []
    for form in FORMS:
        project = WORK / f"lf_{form}"
        ids = make_suite(project, form, 200 if quick else 2000, 10)
        run(project, ())
        saved = WORK / f"cache_{form}"
        shutil.rmtree(saved, ignore_errors=True)
        shutil.copytree(project / ".pytest_cache", saved)

        def restore(project: Path = project, saved: Path = saved) -> None:
            shutil.rmtree(project / ".pytest_cache")
            shutil.copytree(saved, project / ".pytest_cache")

        contenders = [
            Contender("stock, two ids", tuple(ids), restore),
            Contender("ours --lf", (*OURS, "--lf"), restore),
            Contender("ours --lf -v", (*OURS, "--lf", "-v"), restore),
            Contender("stock --lf", ("--lf",), restore),
        ]
        results.append(show(f"lf, {form}", measure(project, contenders, rounds), "stock, two ids"))
    return results


def bench_known(rounds: int, *, quick: bool) -> list[dict[str, object]]:
    """One trivial test in a project that knows 100,000 ids, against no cache plugin at all."""
    project = WORK / "known"
    shutil.rmtree(project, ignore_errors=True)
    project.mkdir(parents=True)
    (project / "pytest.ini").write_text("[pytest]\n", "utf-8")
    (project / "test_one.py").write_text("def test_one(): pass\n", "utf-8")
    run(project, ())
    nodeids = project / ".pytest_cache" / "v" / "cache" / "nodeids"
    count = 10_000 if quick else 100_000
    ids = [f"tests/pkg_{n % 100:03}/test_{n % 1000:04}.py::test_{n}" for n in range(count)]
    text = json.dumps(sorted([*ids, "test_one.py::test_one"]), indent=2)

    def restore() -> None:
        nodeids.write_text(text, "utf-8")

    contenders = [
        Contender("no cache plugin", ("-p", "no:cacheprovider"), restore),
        Contender("ours", OURS, restore),
        Contender("ours --nf", (*OURS, "--nf"), restore),
        Contender("stock", (), restore),
    ]
    samples = measure(project, contenders, rounds)
    return [show(f"one test, {count:,} known ids", samples, "no cache plugin")]


def bench_per_test(rounds: int, *, quick: bool) -> list[dict[str, object]]:
    """Cost per trivial test, with the journal, against stock and against no cache plugin."""
    results = []
    for count in (1_000, 10_000) if quick else (10_000, 100_000):
        project = WORK / f"many_{count}"
        shutil.rmtree(project, ignore_errors=True)
        project.mkdir(parents=True)
        (project / "pytest.ini").write_text("[pytest]\n", "utf-8")
        for number in range(count // 100):
            lines = "".join(f"def test_{each}(): pass\n" for each in range(100))
            (project / f"test_{number:04}.py").write_text(lines, "utf-8")
        contenders = [
            Contender("no cache plugin", ("-p", "no:cacheprovider"), lambda: None),
            Contender("ours", OURS, lambda: None),
            Contender("stock", (), lambda: None),
        ]
        samples = measure(project, contenders, rounds)
        results.append(show(f"{count:,} trivial tests", samples, "no cache plugin"))
        bare = statistics.median(each.cpu for each in samples["no cache plugin"])
        for name in ("ours", "stock"):
            extra = statistics.median(each.cpu for each in samples[name]) - bare
            print(f"  {name}: {extra / count * 1e6:.1f} µs of CPU a test above no cache plugin")
    return results
