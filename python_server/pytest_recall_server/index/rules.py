"""The options that decide what a test is, and what a name was found to mean."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable
from dataclasses import dataclass

from pytest_recall_server.model.outline import Class, Function


@dataclass(frozen=True, kw_only=True, slots=True)
class Rules:
    """The options that name tests."""

    classes: tuple[str, ...] = ("Test",)
    functions: tuple[str, ...] = ("test",)
    imported: bool = True
    """``collect_imported_tests``."""
    strict_ids: bool = False
    """``strict_parametrization_ids`` or ``strict``: equal ids are an error, and not numbered."""
    escaped: bool = True
    """Ids are escaped: there is no option that forfeits all rights to community support."""
    fixtures: tuple[str, ...] = ()
    """``usefixtures``."""
    plugins: tuple[str, ...] = ()
    """Modules that ``addopts`` names as plugins (``-p``)."""
    doctest_modules: bool = False
    """``--doctest-modules``."""
    doctest_files: tuple[str, ...] = ("test*.txt",)
    """``--doctest-glob``: text files with doctests."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Found:
    """A definition with the file that holds it."""

    path: str
    member: Function | Class


def matches(name: str, patterns: Iterable[str]) -> bool:
    """Tell whether *name* begins with one of *patterns*, or matches one with wildcards."""
    return any(
        name.startswith(pattern)
        or (any(mark in pattern for mark in "*?[") and fnmatch.fnmatch(name, pattern))
        for pattern in patterns
    )
