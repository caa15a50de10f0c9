"""Say on a terminal what a scene has found: medians, spread, ratios, bars."""

from __future__ import annotations

from tests.bench.results import Bar, Scene


def say(scene: Scene) -> str:
    """Return a line for each contender, and one for each bar."""
    lines = [f"\n{scene.title} (medians of {scene.rounds} rounds, in turn)"]
    width = max(map(len, scene.samples))
    for name in scene.samples:
        figures = [_figure(scene, name, figure, unit) for figure, unit in scene.units.items()]
        lines.append(f"  {name.ljust(width)}  " + "  ".join(each for each in figures if each))
    return "\n".join([*lines, *(f"  {bar_line(bar)}" for bar in scene.bars)])


def _figure(scene: Scene, name: str, figure: str, unit: str) -> str:
    median = scene.median(name, figure)
    if median is None:
        return ""
    values, ratio = scene.values(name, figure), scene.ratio(name, figure)
    spread = f"({short(min(values))}..{short(max(values))})" if len(values) > 1 else ""
    times = "" if ratio is None else f" x{ratio:.2f}"
    return f"{figure} {short(median)} {unit} {spread}{times}"


def bar_line(bar: Bar) -> str:
    """Return what was asked for, what was found, and the bar."""
    unit = f" {bar.unit}" if bar.unit else ""
    mark = "✓" if bar.reached else "✗"
    return f"{mark} {bar.what}: {short(bar.value)}{unit} (bar {short(bar.bar)}{unit})"


def short(value: float) -> str:
    """Return *value* with three digits that count, and without an exponent."""
    size = abs(value)
    places = 0 if size >= 100 else 1 if size >= 10 else 2 if size >= 1 else 3
    return f"{value:,.{places}f}"
