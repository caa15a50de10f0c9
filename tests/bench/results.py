"""What a part has found: scenes with figures and bars, as they are kept in `results/PART.json`."""

from __future__ import annotations

import json
import statistics
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.bench.turns import Samples

KEPT = Path(__file__).parent / "results"
"""The results that `docs/benchmarks.md` shows."""
PARTS = ("lf", "overhead", "order", "server", "runs", "chaos")

OF = "{}: of"
"""The name of the figure that says of how many another one is counted."""


@dataclass(frozen=True)
class Bar:
    """A figure that must not be above its bar."""

    what: str
    value: float
    bar: float
    unit: str = ""
    """Empty for a ratio."""

    @property
    def reached(self) -> bool:
        """Whether it is not above."""
        return self.value <= self.bar


@dataclass(frozen=True)
class Scene:
    """One job that all contenders have done in turn."""

    title: str
    units: Mapping[str, str]
    """The figures to show, in their order, and their units."""
    samples: Samples
    peer: str = ""
    """The contender that the others are compared with; empty for none."""
    bars: tuple[Bar, ...] = ()
    note: str = ""

    @property
    def rounds(self) -> int:
        """How often each contender had its turn."""
        return max(map(len, self.samples.values()))

    def values(self, contender: str, figure: str) -> list[float]:
        """Return the figure of each turn; none where the contender does not have it."""
        return [turn[figure] for turn in self.samples[contender] if figure in turn]

    def median(self, contender: str, figure: str) -> float | None:
        """Return the median of all turns; None where the contender does not have the figure."""
        values = self.values(contender, figure)
        return statistics.median(values) if values else None

    def ratio(self, contender: str, figure: str) -> float | None:
        """Return the median as a multiple of the peer's; None where there is no such thing."""
        value = self.median(contender, figure)
        base = self.median(self.peer, figure) if self.peer else None
        return value / base if value is not None and base else None


Jobs = Mapping[str, Callable[[], Scene]]
"""The scenes of a part, by a short name, each measured when it is called."""


@dataclass(frozen=True)
class Result:
    """All that a part has found."""

    part: str
    about: Mapping[str, Any]
    """The machine, the versions, the date, and how it was called."""
    scenes: Mapping[str, Scene] = field(default_factory=dict)
    """By their short names."""

    @property
    def missed(self) -> list[Bar]:
        """The bars that were not reached."""
        return [bar for scene in self.scenes.values() for bar in scene.bars if not bar.reached]


def write(path: Path, result: Result) -> None:
    """Write *result* as JSON, its figures to five digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(_rounded(asdict(result)), indent=1, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")


def read(path: Path) -> Result:
    """Return what `write` has written."""
    value = json.loads(path.read_text("utf-8"))
    scenes = {
        name: Scene(**{**scene, "bars": tuple(Bar(**bar) for bar in scene["bars"])})
        for name, scene in value["scenes"].items()
    }
    return Result(value["part"], value["about"], scenes)


def _rounded(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, float):
        return float(f"{value:.5g}")
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, (list, tuple)) else value
