"""`docs/benchmarks.md` says what the results say, and every part of the benchmarks can be run."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from tests.bench import results, tables
from tests.bench.panels import panels_of
from tests.bench.results import Bar, Result, Scene
from tests.bench.runs.environments import PLUGINS, pinned

ROOT = Path(__file__).resolve().parents[2]
TINY = {
    "lf": ("functions",),
    "overhead": ("known", "few"),
    "order": ("--lf",),
    "server": ("small_files",),
    "runs": ("one_trivial, pytest alone",),
    "chaos": ("workers",),
}
"""Scenes to run of each part."""


def test_the_tables_of_the_docs_are_those_of_the_results() -> None:
    text = tables.DOC.read_text("utf-8")

    assert tables.filled(text, results.KEPT) == text, "run `python -m tests.bench.tables`"


def test_another_result_makes_another_table(tmp_path: Path) -> None:
    result = results.read(results.KEPT / "lf.json")
    name, scene = next(iter(result.scenes.items()))
    samples = {side: [{"cpu": 123.0, "wall": 456.0}] for side in scene.samples}
    other = Scene(scene.title, scene.units, samples, scene.peer, scene.bars)
    results.write(tmp_path / "lf.json", Result("lf", result.about, {name: other}))
    text = "<!-- results: lf -->\n<!-- end of results -->\n"

    assert "123" in tables.filled(text, tmp_path)
    assert tables.filled(text, tmp_path) != tables.filled(text, results.KEPT)


def test_every_part_has_results_and_a_plot() -> None:
    text = tables.DOC.read_text("utf-8")

    for part in results.PARTS:
        assert f"<!-- results: {part} -->" in text
        assert f"](../tests/bench/results/{part}.png)" in text
        assert all((results.KEPT / f"{part}.{kind}").exists() for kind in ("json", "png", "svg"))


@pytest.mark.parametrize("part", results.PARTS)
def test_all_results_can_be_drawn(part: str) -> None:
    panels = panels_of(results.read(results.KEPT / f"{part}.json"))

    assert panels
    assert all(panel.lines for panel in panels)


def test_the_plot_in_the_readme_is_that_of_the_results() -> None:
    shown = "docs/images/lf.png"

    assert f"]({shown})" in (ROOT / "README.md").read_text("utf-8")
    assert (ROOT / shown).read_bytes() == (results.KEPT / "lf.png").read_bytes()


def test_results_name_neither_hosts_nor_paths() -> None:
    for part in results.PARTS:
        text = (results.KEPT / f"{part}.json").read_text("utf-8")
        assert not re.search(r'"/|/home|/tmp|/root', text)


def test_a_bar_is_reached_up_to_its_value() -> None:
    assert Bar("ratio", 0.8, 0.8).reached
    assert not Bar("ratio", 0.8001, 0.8).reached


def test_the_tests_of_amounts_of_work_that_the_docs_name_are_there() -> None:
    named = re.findall(r"`(tests/\S+\.py)::(test_\w+)`", tables.DOC.read_text("utf-8"))

    assert len(named) >= 5
    for path, name in named:
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert name in {node.name for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize(("part", "scenes"), TINY.items())
def test_a_part_runs(part: str, scenes: tuple[str, ...], tmp_path: Path) -> None:
    _lend_environments(tmp_path / "runs")
    command = [sys.executable, "-m", "tests.bench", part, "--quick", "--smaller", "10"]
    command += ["--rounds", "1", "--warm-up", "0", "--work", str(tmp_path)]

    for scene in scenes:
        subprocess.run([*command, f"--scene={scene}"], cwd=ROOT, check=True, capture_output=True)

    found = results.read(tmp_path / "results" / f"{part}.json")
    assert tuple(found.scenes) == scenes
    assert all(scene.bars for scene in found.scenes.values())


def _lend_environments(folder: Path) -> None:
    """Let `runs` take the environment of the projects under test, so that nothing is installed."""
    for name, packages in (("alone", ["pytest"]), ("plugins", ["pytest", *PLUGINS])):
        (folder / name).mkdir(parents=True)
        programs = ROOT / ".venv" / "projects" / ("Scripts" if os.name == "nt" else "bin")
        (folder / name / programs.name).symlink_to(programs)
        (folder / name / "ready").write_text(pinned(*packages), "utf-8")
