"""What a trial found out, as rows of a table: stock pytest beside ours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path


@dataclass(frozen=True)
class Row:
    """One figure of one trial."""

    trial: str
    """What is done to the runs, and what is counted."""
    runs: int
    """How often it was done to each of the two."""
    stock: str
    ours: str
    bar: str
    """What ours must reach."""
    ok: bool
    """Whether ours has reached it."""
    notes: tuple[str, ...] = ()
    """What went wrong, the first few cases of it, for whoever has to mend it."""


@dataclass
class Tally:
    """How many of what was to be kept was kept."""

    kept: int = 0
    of: int = 0

    def add(self, kept: int, of: int) -> None:
        """Count *kept* *of* what was to be kept."""
        self.kept += kept
        self.of += of

    @property
    def whole(self) -> bool:
        """Whether all was kept, and there was something to keep."""
        return self.of > 0 and self.kept == self.of

    def __str__(self) -> str:
        return f"{self.kept:,} of {self.of:,}"


NONE = "has none"
"""The figure of a side to which a trial does not apply."""
HEADS = ("trial", "runs", "stock pytest", "Pytest Recall", "bar", "")


def table(rows: Sequence[Row], version: str) -> str:
    """Return *rows* as a Markdown table, aligned so that it can be read as it is."""
    heads = [head.replace("stock pytest", f"stock pytest {version}") for head in HEADS]
    cells = [
        [row.trial, f"{row.runs:,}", row.stock, row.ours, row.bar, "✓" if row.ok else "✗"]
        for row in rows
    ]
    widths = [max(len(line[at]) for line in [heads, *cells]) for at in range(len(heads))]
    rule = ["-" * width for width in widths]
    lines = [
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in [heads, rule, *cells]
    ]
    return "\n".join(lines)


def write_json(path: Path, rows: Sequence[Row], about: dict[str, object]) -> None:
    """Write *rows* and what is to be known of the machine and the run."""
    path.parent.mkdir(parents=True, exist_ok=True)
    value = {**about, "rows": [asdict(row) for row in rows]}
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", "utf-8")
