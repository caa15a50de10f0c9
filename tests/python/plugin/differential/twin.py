"""Run a script step by step with stock and with ours, each in its own copy of the suite."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.python.plugin.differential.model import Progress
from tests.python.plugin.differential.suite import Script, Step, Suite, apply
from tests.python.plugin.support import Outcome, Project

SPARE = (
    "--tb=no",
    *(
        word
        for name in (
            *("doctest", "junitxml", "legacypath", "logging", "pastebin"),
            *("setuponly", "setupplan", "threadexception", "unraisableexception"),
        )
        for word in ("-p", f"no:{name}")
    ),
)
"""Leave out what has no part in this, for speed."""

KEYS = ("cache/lastfailed", "cache/nodeids", "cache/stepwise")


@dataclass(frozen=True)
class Side:
    """What one of the two did in a step."""

    outcome: Outcome
    lastfailed: tuple[str, ...]
    nodeids: tuple[str, ...]
    stepwise: Progress | None
    """The failed id and the count."""


@dataclass(frozen=True)
class Comparison:
    """One step: from the same state, what stock did and what ours did."""

    suite: Suite
    step: Step
    arguments: tuple[str, ...]
    before: Side
    """The state before; its outcome is empty."""
    stock: Side
    ours: Side


def play(script: Script, folder: Path) -> Iterator[Comparison]:
    """Yield a comparison a step; after each, both copies go on with the cache of one of them."""
    shutil.rmtree(folder, ignore_errors=True)
    stock, ours = Project(folder / "stock"), Project(folder / "ours")
    suite = script.suite
    for stamp, step in enumerate(script.steps, 1):
        suite = apply(suite, step.edit, stamp)
        arguments = (*step.flags, *named(suite, step.argument))
        before = state_of(ours, Outcome(0))
        for project in (stock, ours):
            write(project, suite)
        sides = [
            state_of(project, run(*SPARE, *arguments))
            for project, run in ((stock, stock.stock), (ours, ours.ours))
        ]
        yield Comparison(suite, step, arguments, before, *sides)
        _align(stock, ours, step.keeps)


def write(project: Project, suite: Suite) -> None:
    """Write *suite*; a file's time says when it was last changed."""
    for entry in project.path.iterdir():
        if entry.name in {"sub", "zoo"}:
            shutil.rmtree(entry)
        elif entry.suffix == ".py":
            entry.unlink()
    for file in suite.files:
        project.write({file.path: file.source()})
        time = 1_700_000_000 + file.stamp * 10
        os.utime(project.path / file.path, (time, time))


def state_of(project: Project, outcome: Outcome) -> Side:
    """Return *outcome* and what the cache of *project* holds."""
    stepwise = project.key("cache/stepwise")
    step = None
    if isinstance(stepwise, dict):
        step = (stepwise["last_failed"], stepwise["last_test_count"])
    return Side(outcome, tuple(project.lastfailed()), tuple(project.nodeids()), step)


def named(suite: Suite, argument: int) -> tuple[str, ...]:
    """Return the arguments that *argument* of a step stands for."""
    files = suite.files
    if argument in {6, 7}:
        return (files[argument % len(files)].path,)
    if argument == 8:
        ids = suite.ids()
        return (ids[len(ids) // 2],) if ids else ()
    return ("nosuch.py",) if argument == 9 else ()


def _align(stock: Project, ours: Project, keeps: str) -> None:
    source, target = (ours, stock) if keeps == "ours" else (stock, ours)
    for key in KEYS:
        path = target.path / ".pytest_cache" / "v" / key
        path.unlink(missing_ok=True)
        value = source.key(key)
        if value is not None:
            target.set_key(key, value)
