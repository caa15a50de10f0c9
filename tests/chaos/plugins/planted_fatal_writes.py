"""A planted fault: what cannot be written is an error that nobody expects."""

from __future__ import annotations

from pathlib import Path

from pytest_recall import store

_replace_text = store.replace_text


def replace_text(path: Path, text: str) -> None:
    """Write *text*; raises RuntimeError."""
    try:
        _replace_text(path, text)
    except OSError as exc:
        raise RuntimeError(str(exc)) from exc


store.replace_text = replace_text
