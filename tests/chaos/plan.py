"""How much of each trial is done, on which sides, and what all trials share."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.chaos.result import Row
from tests.chaos.sides import OURS, STOCK, Project, Side

Job = TypeVar("Job")
LANES = 2
"""How many runs go on at once, where a trial does not say otherwise."""


@dataclass(frozen=True)
class Size:
    """How much of each trial is done to each side; the short form's, if not said otherwise."""

    kills: int = 10
    rounds: int = 2
    writes: int = 4
    reads: int = 500
    step: int = 113
    """Every how many bytes a file is truncated."""
    flips: int = 60
    workers: int = 2
    calls: int = 1
    """With how many ways of calling pytest each unusable directory is met."""
    each_case: int = 2
    """Every how many of the unusable directories is tried; the seed says which."""


SHORT = Size()
FULL = Size(
    kills=200,
    rounds=30,
    writes=100,
    reads=20_000,
    step=1,
    flips=2_000,
    workers=30,
    calls=5,
    each_case=1,
)


@dataclass(frozen=True)
class Plan:
    """What is to be done, and where."""

    folder: Path
    seed: int
    size: Size
    sides: tuple[Side, ...] = (STOCK, OURS)
    """Who takes turns; ours is the last."""

    def random(self, trial: str) -> random.Random:
        """Return the randomness of *trial*, the same whichever other trials are run."""
        return random.Random(f"{self.seed} {trial}")  # noqa: S311 - it has to be repeatable

    def projects(self, trial: str, files: dict[str, str]) -> list[dict[str, Project]]:
        """Return for each lane and side a project with *files*."""
        return [
            {side.name: self.project(f"{trial}-{lane}", side, files) for side in self.sides}
            for lane in range(LANES)
        ]

    def project(self, name: str, side: Side, files: dict[str, str]) -> Project:
        """Return a new project with *files*, all of a size pytest starts quickly on."""
        path = self.folder / f"{name}-{side.name}"
        path.mkdir(parents=True)
        for file, text in {"pytest.ini": "[pytest]\n", **files}.items():
            (path / file).write_text(text, "utf-8")
        return Project(path, side)

    def pristine(self, project: Project) -> Path:
        """Return where a copy of *project*'s cache is kept."""
        return project.path.with_name(f"{project.path.name}.pristine")


def in_lanes(jobs: Sequence[Job], work: Callable[[int, Job], None]) -> None:
    """Call *work* with the lane and each of *jobs*, as many at once as there are lanes."""

    def follow(lane: int) -> None:
        for job in jobs[lane::LANES]:
            work(lane, job)

    with ThreadPoolExecutor(LANES) as pool:
        list(pool.map(follow, range(LANES)))


@dataclass
class Finding:
    """What a trial finds out about one side; lanes add to it one after the other."""

    notes: list[str] = field(default_factory=list)

    def note(self, text: str) -> None:
        """Keep *text* if it is among the first."""
        if len(self.notes) < 12:
            self.notes.append(text)


Trial = Callable[[Plan], "list[Row]"]
