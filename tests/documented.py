"""Examples of the docs, for the tests that run them as they stand there."""

from __future__ import annotations

import re
from pathlib import Path

DOCS = Path(__file__).resolve().parents[1] / "docs"


def example(page: str, name: str) -> str:
    """Return the block of code of ``docs/PAGE`` that the comment ``tested: NAME`` stands before."""
    text = (DOCS / page).read_text("utf-8")
    found = re.search(rf"<!-- tested: {name} -->\s*```\w+\n(.*?)```", text, re.DOTALL)
    assert found, f"{page} has no example {name}"
    return found[1]
