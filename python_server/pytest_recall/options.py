"""Add command-line options, each only if the parser does not have it."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

Option = tuple[tuple[str, ...], dict[str, object]]
"""The names of an option, and what argparse is to be told of it; a switch unless it says more."""


def add_missing(parser: pytest.Parser, options: Iterable[Option], group: str = "general") -> None:
    """Add those of *options* that no group of *parser* has.

    When pytest's own plugin was imported before ours took its place, its options are there
    already; pytest has no public way to ask.
    """
    groups = [parser._anonymous, *parser._groups]  # noqa: SLF001
    taken = {name for each in groups for option in each.options for name in option.names()}
    missing = (
        (tuple(name for name in names if name not in taken), attributes)
        for names, attributes in options
    )
    add(parser, [(names, attributes) for names, attributes in missing if names], group)


def add(parser: pytest.Parser, options: Iterable[Option], group: str) -> None:
    """Add *options*, none of which *parser* has."""
    target = parser.getgroup(group)
    for names, attributes in options:
        target.addoption(*names, **({"action": "store_true"} | attributes))
