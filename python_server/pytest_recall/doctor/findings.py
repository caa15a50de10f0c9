"""What the doctor finds and what it did, as values."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Level = Literal["problem", "note"]


class CacheError(Exception):
    """The cache directory cannot be examined at all; the text says why and what to do."""


@dataclass(frozen=True)
class Place:
    """What is examined."""

    cachedir: Path
    rootdir: Path | None
    """What node ids are relative to; None if it is not known, and then no id is judged."""
    functions: tuple[str, ...] = ("test",)
    """The ini value `python_functions`: which functions are tests."""
    parsed: dict[tuple[str, int, int], object] = field(
        default_factory=dict, compare=False, repr=False
    )
    """What was parsed of files, by path, time and size: a repair asks more than once."""

    def relative(self, path: Path) -> str:
        """Return *path* relative to the cache directory with `/`, or absolute if it is outside."""
        try:
            return path.relative_to(self.cachedir).as_posix()
        except ValueError:
            return path.as_posix()

    def absolute(self, name: str) -> Path:
        """Return the path that `relative` has named."""
        return self.cachedir / name


@dataclass(frozen=True)
class Finding:
    """Something that is wrong, or worth knowing."""

    kind: str
    """One of the kinds in `docs/doctor.md`."""
    path: str
    """Relative to the cache directory with `/`; absolute for what lies outside of it."""
    message: str
    """What is the matter and, if it cannot be repaired, what to do; one line."""
    repair: str = ""
    """What a repair does about it; empty if it can do nothing."""
    level: Level = "problem"
    more: tuple[str, ...] = ()
    """Further paths of which the same is to be said."""
    ids: tuple[str, ...] = ()
    """The node ids it is about."""

    @property
    def paths(self) -> tuple[str, ...]:
        """All paths it is about."""
        return (self.path, *self.more)


@dataclass(frozen=True)
class Repair:
    """What was done, or could not be done, about a finding."""

    finding: Finding
    done: str = ""
    """What was done, one line; empty if it failed."""
    error: str = ""
    """Why it failed."""


@dataclass(frozen=True)
class Counts:
    """What the cache holds."""

    runs: int = 0
    failures: int = 0
    unfinished: int = 0
    tests: int = 0


@dataclass(frozen=True)
class Report:
    """How a cache directory is."""

    place: Place
    findings: tuple[Finding, ...] = ()
    counts: Counts = field(default_factory=Counts)
    repairs: tuple[Repair, ...] = ()
    """What was done before this report was made."""

    @property
    def problems(self) -> tuple[Finding, ...]:
        """The findings that are not mere notes."""
        return tuple(finding for finding in self.findings if finding.level == "problem")

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems
