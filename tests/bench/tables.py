"""Write the tables of `docs/benchmarks.md` from the results; `--check` only says if they differ.

    python -m tests.bench.tables [--check]

Each stands between `<!-- results: PART -->` and `<!-- end of results -->`.
"""

# ruff: noqa: T201 # a script speaks on its stdout

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.bench import results
from tests.bench.results import OF, Bar, Result, Scene
from tests.bench.say import short

DOC = Path(__file__).parents[2] / "docs" / "benchmarks.md"
BLOCK = re.compile(r"(<!-- results: (\w+) -->\n).*?(<!-- end of results -->)", re.DOTALL)


def main() -> int:
    """Write the tables, or see whether they are those of the results."""
    before = DOC.read_text("utf-8")
    after = filled(before, results.KEPT)
    if before == after:
        return 0
    if "--check" in sys.argv:
        print(f"{DOC.name} differs from its results: run `python -m tests.bench.tables`")
        return 1
    DOC.write_text(after, "utf-8")
    print(f"wrote the tables of {DOC.name}")
    return 0


def filled(text: str, kept: Path) -> str:
    """Return *text* with the tables of the results in *kept*."""

    def block(found: re.Match[str]) -> str:
        path = kept / f"{found[2]}.json"
        tables = tables_of(results.read(path)) if path.exists() else "Not measured yet.\n"
        return f"{found[1]}\n{tables}\n{found[3]}"

    return BLOCK.sub(block, text)


def tables_of(result: Result) -> str:
    """Return everything that *result* has to show."""
    parts = [_about(result)]
    if result.part == "chaos":
        parts.append(_lost(list(result.scenes.values())))
    else:
        parts += [_scene(scene) for scene in result.scenes.values()]
    return "\n".join(parts)


def _about(result: Result) -> str:
    about = result.about
    versions = ", ".join(f"{name} {version}" for name, version in about["versions"].items())
    machine = f"{about['system']}, {about['cores']} cores ({about['processor']})"
    return (
        f"`{about['command']}`, {about['date']}: {machine}, Python {about['python']}, {versions}.\n"
    )


def _scene(scene: Scene) -> str:
    times = f"{scene.rounds} rounds" if scene.rounds > 1 else "1 round"
    title = f"**{scene.title[:1].upper()}{scene.title[1:]}** ({times})"
    heads = ["", *(f"{name}, {unit}" for name, unit in scene.units.items())]
    rows = [
        [name, *(_cell(scene, name, figure) for figure in scene.units)] for name in scene.samples
    ]
    bars = "".join(f"* {_bar(bar)}\n" for bar in scene.bars)
    note = f"{scene.note}\n" if scene.note else ""
    return f"{title}\n\n{table([heads, *rows])}\n" + "\n".join(filter(None, [bars, note]))


def _cell(scene: Scene, name: str, figure: str) -> str:
    median = scene.median(name, figure)
    if median is None:
        return ""
    values, ratio = scene.values(name, figure), scene.ratio(name, figure)
    spread = f" ({short(min(values))} to {short(max(values))})" if len(values) > 1 else ""
    times = "" if ratio is None or name == scene.peer else f", {ratio:.2f} x"
    return f"{short(median)}{spread}{times}"


def _bar(bar: Bar) -> str:
    unit = f" {bar.unit}" if bar.unit else ""
    verdict = "reached" if bar.reached else "**missed**"
    return f"{bar.what}: {short(bar.value)}{unit}, bar {short(bar.bar)}{unit}, {verdict}."


def _lost(scenes: Sequence[Scene]) -> str:
    rows = [["trial", "stock pytest: lost", "Pytest Recall: lost"]]
    rows += [
        [trial, *(_share(scene, side, trial) for side in scene.samples)]
        for scene in scenes
        for trial in scene.units
    ]
    return table(rows)


def _share(scene: Scene, side: str, trial: str) -> str:
    lost, of = scene.median(side, trial), scene.median(side, OF.format(trial))
    return "has none" if lost is None or of is None else f"{lost:,.0f} of {of:,.0f}"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Return *rows*, the first of them the heads, as a Markdown table."""
    widths = [max(3, *(len(row[at]) for row in rows)) for at in range(len(rows[0]))]
    lines = [rows[0], ["-" * width for width in widths], *rows[1:]]
    return "".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |\n"
        for line in lines
    )


if __name__ == "__main__":
    sys.exit(main())
