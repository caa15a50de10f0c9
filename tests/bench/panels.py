"""Say what the plot of each part shows: panels of lines with one figure each, and a bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.bench.results import OF, Result, Scene
from tests.bench.say import short

OURS = ("Pytest Recall", "server")
"""How the names of ours begin."""
FIGURES = {"lf": "cpu", "order": "hooks", "server": "tree", "runs": "first"}
"""What is shown of a part, as a multiple of the peer's."""
WORDS = {"cpu": "CPU time", "hooks": "CPU time of the hooks", "tree": "time to the whole tree"}
WORDS |= {"first": "time to the first result", "peak": "peak memory", "above": "CPU a test"}


@dataclass(frozen=True)
class Line:
    """One figure of one contender."""

    name: str
    value: float
    text: str

    @property
    def is_ours(self) -> bool:
        """Whether it is one of ours."""
        return self.name.startswith(OURS)


@dataclass(frozen=True)
class Panel:
    """Lines below each other on one scale."""

    title: str
    unit: str
    lines: tuple[Line, ...]
    bars: tuple[float, ...] = ()
    is_logarithmic: bool = False


def panels_of(result: Result) -> list[Panel]:
    """Return what is drawn of *result*."""
    scenes = list(result.scenes.values())
    if result.part == "chaos":
        return [_lost(scenes)]
    if result.part == "overhead":
        return [panel for scene in scenes for panel in _overhead(scene)]
    figure = FIGURES[result.part]
    return [_ratios(scene, figure) for scene in scenes if _has_ratios(scene, figure)]


def _has_ratios(scene: Scene, figure: str) -> bool:
    """Tell whether *figure* is one of the scene's: a part has scenes of other figures, too."""
    return any(scene.ratio(name, figure) is not None for name in scene.samples)


def _ratios(scene: Scene, figure: str) -> Panel:
    lines = []
    for name in scene.samples:
        ratio, median = scene.ratio(name, figure), scene.median(name, figure)
        if ratio is not None and median is not None:
            unit = scene.units[figure]
            lines.append(Line(name, ratio, f"{ratio:.2f} x  ({short(median)} {unit})"))
    bars = tuple(dict.fromkeys(bar.bar for bar in scene.bars if not bar.unit))
    return Panel(
        _capital(scene.title),
        f"{WORDS[figure]}, as a multiple of {scene.peer}",
        tuple(lines),
        bars,
        is_logarithmic=max(line.value for line in lines) > 20 * min(line.value for line in lines),
    )


def _overhead(scene: Scene) -> list[Panel]:
    if "above" not in scene.units:
        return [_ratios(scene, "cpu")]
    above = [name for name in scene.samples if scene.median(name, "above") is not None]
    return [
        Panel(
            f"{_capital(scene.title)}: CPU",
            f"µs of CPU a test above {scene.peer}",
            tuple(_plain(scene, name, "above") for name in above),
            (scene.bars[0].bar,),
        ),
        Panel(
            f"{_capital(scene.title)}: memory",
            "MiB at the peak",
            tuple(_plain(scene, name, "peak") for name in scene.samples),
        ),
    ]


def _plain(scene: Scene, name: str, figure: str) -> Line:
    values = scene.values(name, figure)
    spread = f"{short(min(values))} to {short(max(values))}"
    median = scene.median(name, figure) or 0.0
    return Line(name, median, f"{short(median)} {scene.units[figure]}  ({spread})")


def _lost(scenes: Sequence[Scene]) -> Panel:
    """Return the share that each side has lost, of the trials that stock can be put to."""
    lines = []
    for scene in scenes:
        for trial in scene.units:
            for side in scene.samples:
                lost, of = scene.median(side, trial), scene.median(side, OF.format(trial))
                if scene.median("stock pytest", trial) is None or lost is None or not of:
                    continue
                text = f"{lost:,.0f} of {of:,.0f}"
                lines.append(Line(f"{side}: {trial}", lost / of * 100, text))
    return Panel("Lost of what each trial is to keep", "% (the bar is 0)", tuple(lines))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
