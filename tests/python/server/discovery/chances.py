"""Chances: what is rare is never the simplest example."""

from __future__ import annotations

from hypothesis import strategies as st


def rarely(count: int) -> st.SearchStrategy[bool]:
    """Return true once in about *count* times."""
    return st.integers(1, count).map(lambda number: number == count)
