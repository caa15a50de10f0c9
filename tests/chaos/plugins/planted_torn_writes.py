"""A planted fault: values are written in place, as pytest does."""

from __future__ import annotations

from pathlib import Path

from pytest_recall import store


def replace_text(path: Path, text: str) -> None:
    """Write *text* over what *path* holds."""
    with path.open("w", encoding="utf-8") as file:
        file.write(text)


store.replace_text = replace_text
