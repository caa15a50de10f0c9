"""The syntax tree of a source, also where several threads parse at once."""

from __future__ import annotations

import ast


def tree_of(source: str | bytes) -> ast.Module:
    """Return the tree of *source*; raise what ``ast.parse`` raises for what is none."""
    try:
        return ast.parse(source)
    except SystemError:
        # Threads share a counter in Python 3.11 and before, which says so when another was let in
        # between by a finalizer (https://github.com/python/cpython/issues/106905).
        return ast.parse(source)
