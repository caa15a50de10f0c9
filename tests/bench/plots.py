"""Draw a plot of each part from its results, as SVG and as PNG beside them.

    python -m tests.bench.plots

It runs in an environment of its own, which has matplotlib; the same results give the same files.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import matplotlib as mpl
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.ticker import NullFormatter, StrMethodFormatter
from tests.bench import results
from tests.bench.panels import Panel, panels_of

# On paper of its own, so that it can be read on a light page and on a dark one.
STYLE = {
    "svg.hashsalt": "pytest-recall",
    "svg.fonttype": "none",
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "hatch.linewidth": 0.6,
}
OURS, OTHERS, BAR = "#1f6f8b", "#c9cdd2", "#b3261e"
SHOWN = results.KEPT.parents[2] / "docs" / "images" / "lf.png"
"""The plot that README shows."""
WIDTH, LINE = 8.0, 0.27
"""Inches."""


def main() -> None:
    """Draw all parts that have been measured."""
    mpl.use("agg")
    for part in results.PARTS:
        path = results.KEPT / f"{part}.json"
        if path.exists():
            draw(panels_of(results.read(path)), path)
    # What README shows is in the extension, too, which takes nothing of the tests along.
    shutil.copyfile(results.KEPT / SHOWN.name, SHOWN)


def draw(panels: list[Panel], path: Path) -> None:
    """Draw *panels* below each other into files beside *path*."""
    heights = [len(panel.lines) * LINE + 0.75 for panel in panels]
    with plt.rc_context(STYLE):
        figure, axes = plt.subplots(
            len(panels),
            figsize=(WIDTH, sum(heights)),
            height_ratios=heights,
            squeeze=False,
            layout="constrained",
        )
        for panel, each in zip(panels, axes[:, 0], strict=True):
            _draw(panel, each)
        # No date and no version: they would change the file without a change of what it shows.
        figure.savefig(path.with_suffix(".svg"), metadata={"Date": None, "Creator": None})
        figure.savefig(path.with_suffix(".png"), dpi=110, metadata={"Software": None})
        plt.close(figure)


def _draw(panel: Panel, axes: Axes) -> None:
    names = [line.name for line in panel.lines]
    values = [line.value for line in panel.lines]
    bars = axes.barh(
        range(len(names)),
        values,
        height=0.66,
        color=[OURS if line.is_ours else OTHERS for line in panel.lines],
        edgecolor="#333333",
        linewidth=0.6,
        # Ours are known by their hatching, too.
        hatch=["///" if line.is_ours else "" for line in panel.lines],
    )
    if panel.is_logarithmic:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
        axes.xaxis.set_minor_formatter(NullFormatter())
    # On white, where the line of the bar goes through.
    paper = {"facecolor": "white", "edgecolor": "none", "pad": 1.0}
    axes.bar_label(bars, [line.text for line in panel.lines], padding=4, bbox=paper)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.set_title(panel.title)
    dashed = " and ".join(f"{bar:.3g}" for bar in panel.bars)
    axes.set_xlabel(panel.unit + (f" (dashed: bar of {dashed})" if dashed else ""))
    axes.grid(axis="x", color="#e3e5e8")
    axes.margins(x=0.25)
    for bar in panel.bars:
        axes.axvline(bar, color=BAR, linestyle="--", linewidth=1.4, zorder=2.5)


if __name__ == "__main__":
    main()
