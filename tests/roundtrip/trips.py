"""One round trip: run a project with seeded failures, import what it wrote, and compare."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pytest_recall_server.imports.matching import Unmatched
from pytest_recall_server.index.config import Config, read_config
from pytest_recall_server.project.importing import Given, Imported, import_run

ROOT = Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv" / "projects" / "bin" / "python"
PLUGINS = Path(__file__).parent / "plugins"
LITTER = shutil.ignore_patterns("__pycache__", ".pytest_cache", ".hypothesis")

Source = Literal["xunit1", "xunit2", "log", "CI log"]
"""What is imported: pytest writes a log otherwise on CI, with whole reasons in the summary."""
LOGS: tuple[Source, ...] = ("log", "CI log")
ON_CI = ("CI", "BUILD_NUMBER")
"""Environment variables by which pytest knows CI."""

Knowledge = Literal["parsing", "cache"]
"""What is known: what parsing finds alone, or all that an earlier run has collected."""


@dataclass(frozen=True, kw_only=True)
class Trip:
    """What is run and imported."""

    project: str
    source: Source
    workers: int
    knowledge: Knowledge
    paths: tuple[str, ...] = ()
    every: int = 20
    """One of so many tests fails."""


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How an import compares with the truth."""

    told: int
    """Tests that the source tells of: all, or the failures alone where it is a log."""
    exact: int
    ambiguous: int
    unknown: tuple[str, ...]
    """What the source tells of and no test answers to, as it is written there."""
    wrong: tuple[str, ...]
    """Ids that the import names and that did not fail, or are no tests at all."""
    missing: tuple[str, ...]
    """Ids of which the import says nothing although they are not listed either."""

    @property
    def is_good(self) -> bool:
        """Tell whether nothing is wrong and everything is exact or listed as ambiguous."""
        return not (self.wrong or self.missing or self.unknown)


def take(trip: Trip, sources: dict[str, Path], folder: Path) -> Outcome:
    """Make the *trip* below *folder*, with the *sources* of its project."""
    project = folder / trip.project
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(sources[trip.project], project, ignore=LITTER)
    truth, written = _run(trip, project, folder)
    if trip.knowledge == "cache":
        _collect(trip, project)
    config: Config = read_config(str(project), dict(os.environ))
    imported = import_run(config, [Given(name=written.name, path=str(written))], "look")
    return compare(truth, imported, is_log=trip.source in LOGS)


def _environment(**more: str) -> dict[str, str]:
    path = os.pathsep.join([str(PLUGINS), str(ROOT / "python_server"), "src"])
    inherited = {name: value for name, value in os.environ.items() if name not in ON_CI}
    return {**inherited, "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1", **more}


def _run(trip: Trip, project: Path, folder: Path) -> tuple[dict[str, bool], Path]:
    truth, log, xml = folder / "truth.json", folder / "pytest.log", folder / "junit.xml"
    command = [str(PYTHON), "-m", "pytest", "-p", "no:cacheprovider", "-p", "seeded_failures"]
    command += ["-rfE", "--color=yes", "--continue-on-collection-errors", "-W", "ignore"]
    if trip.source not in LOGS:
        command += [f"--junitxml={xml}", "-o", f"junit_family={trip.source}"]
    if trip.workers:
        command += ["-n", str(trip.workers)]
    environment = _environment(SEEDED_TRUTH=str(truth), SEEDED_EVERY=str(trip.every))
    if trip.source == "CI log":
        environment["CI"] = "true"
    with log.open("wb") as file:
        ended = subprocess.run(
            [*command, *trip.paths],
            cwd=project,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            check=False,
        )
    assert ended.returncode in {0, 1, 2}, log.read_text("utf-8", "replace")[-3000:]
    return json.loads(truth.read_text("utf-8")), log if trip.source in LOGS else xml


def _collect(trip: Trip, project: Path) -> None:
    """Have the cache know all tests, as it does after any run."""
    command = [str(PYTHON), "-m", "pytest", "-q", "-W", "ignore", *trip.paths]
    command += ["-p", "pytest_recall.plugin", "--continue-on-collection-errors", "-x"]
    subprocess.run(command, cwd=project, env=_environment(), capture_output=True, check=False)


def compare(truth: dict[str, bool], imported: Imported, *, is_log: bool) -> Outcome:
    """Compare what was *imported* with the *truth*; a log tells of failures alone."""
    told = {each for each, failed in truth.items() if failed or not is_log}
    failing = {each.id for each in imported.failures}
    exact = {each.id for each in imported.matched}
    wrong = {each for each in failing if not truth.get(each, False)} | (exact - truth.keys())
    left_out = (*imported.ambiguous, *imported.unknown)
    missing = told - exact - {each for each in told if _is_listed(each, left_out)}
    missing |= {each for each in told & exact if truth[each] and each not in failing}
    return Outcome(
        told=len(told),
        exact=len(exact & told),
        ambiguous=len(imported.ambiguous),
        unknown=tuple(each.written for each in imported.unknown),
        wrong=tuple(sorted(wrong)),
        missing=tuple(sorted(missing)),
    )


def _is_listed(node_id: str, left_out: tuple[Unmatched, ...]) -> bool:
    return any(node_id in each.candidates or _name(node_id) in each.written for each in left_out)


@cache
def _name(node_id: str) -> str:
    return node_id.rpartition("/")[2].partition("::")[2].rpartition("::")[2] or node_id
