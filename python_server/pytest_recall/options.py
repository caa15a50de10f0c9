"""Add command-line options, each only if the parser does not have it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Option:
    """One command-line option of the group `general`."""

    names: tuple[str, ...]
    dest: str
    help: str
    action: str = "store_true"
    nargs: str | None = None
    choices: tuple[str, ...] | None = None
    default: object = None
    metavar: str | None = None

    def attributes(self) -> dict[str, object]:
        """Return what argparse is to be told."""
        told = {name: getattr(self, name) for name in ("dest", "help", "action")}
        extra = {name: getattr(self, name) for name in ("nargs", "choices", "default", "metavar")}
        return told | {name: value for name, value in extra.items() if value is not None}


def add_missing(parser: pytest.Parser, options: Iterable[Option], group: str = "general") -> None:
    """Add those of *options* that no group of *parser* has.

    When pytest's own plugin was imported before ours took its place, its options are there
    already; pytest has no public way to ask.
    """
    groups = [parser._anonymous, *parser._groups]  # noqa: SLF001
    taken = {name for each in groups for option in each.options for name in option.names()}
    target = parser.getgroup(group)
    for option in options:
        names = [name for name in option.names if name not in taken]
        if names:
            target.addoption(*names, **option.attributes())
