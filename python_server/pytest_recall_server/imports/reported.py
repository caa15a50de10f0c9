"""What a source says of tests, before it is known which tests these are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from pytest_recall.journal import TEXT_LIMIT

Kind = Literal["junit", "log", "reportlog", "run"]
Outcome = Literal["passed", "failed", "error", "skipped", "xfailed", "xpassed"]
Phase = Literal["setup", "call", "teardown"]

FAILING = frozenset({"failed", "error"})
KINDS: dict[Kind, str] = {
    "junit": "JUnit XML",
    "log": "a log",
    "reportlog": "a report of pytest-reportlog",
    "run": "an exported run",
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Spelling:
    """One way to read the name of a test: as a node id, or as the two names of JUnit XML."""

    id: str = ""
    classname: str | None = None
    """With JUnit XML; None where ``id`` is a node id."""
    name: str = ""
    message: str | None = None
    """What is left as the reason, where this way decides."""

    def __str__(self) -> str:
        """Return it as people find it in the source."""
        if self.classname is None:
            return self.id
        return f"{self.classname}::{self.name}" if self.classname else self.name


@dataclass(frozen=True, kw_only=True, slots=True)
class Reported:
    """What a source says of one test once; it may say several things of a test."""

    spellings: tuple[Spelling, ...]
    """All ways to read its name, at least one."""
    outcome: Outcome
    file: str | None = None
    """The file that JUnit XML names: that of the function, which may be inherited."""
    phase: Phase | None = None
    message: str | None = None
    """One line."""
    longrepr: str | None = None
    subtest: str | None = None
    duration: float | None = None
    """Seconds."""
    when: float | None = None
    """Seconds since the epoch."""
    stdout: str | None = None
    stderr: str | None = None
    log: str | None = None
    collects: bool = False
    """It is no test but a file or class that could not be collected."""
    event: Mapping[str, object] | None = None
    """An event of an exported run, which says all that there is to say."""

    @property
    def failing(self) -> bool:
        """Tell whether pytest would remember it as failed."""
        return self.outcome in FAILING

    def __str__(self) -> str:
        """Return its name as people find it in the source."""
        return str(self.spellings[-1])


@dataclass(slots=True)
class Source:
    """What was read from one file or text."""

    name: str
    """For people: the name of the file."""
    kind: Kind
    tests: list[Reported] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    """Sentences about what could not be read; the rest was."""
    bodies: dict[str, list[str]] = field(default_factory=dict)
    """Headings of failures in a log (class and function with parameters) → what stands below."""
    when: float | None = None
    """When the run was, in seconds since the epoch."""


class Text:
    """Collects a text of any length, and keeps what a journal would."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._head = ""
        self._cut = 0

    def add(self, text: str) -> None:
        """Take the next part."""
        self._parts.append(text)
        self._length += len(text)
        if self._length > 4 * TEXT_LIMIT:
            self._shorten()

    def _shorten(self) -> None:
        half = TEXT_LIMIT // 2
        text = "".join(self._parts)
        if not self._cut:
            self._head, text = text[:half], text[half:]
        self._cut += max(0, len(text) - half)
        self._parts = [text[-half:]]
        self._length = half

    def value(self) -> str | None:
        """Return the text, its middle replaced by a line that says so; None where it is blank."""
        if self._length > TEXT_LIMIT or self._cut:
            self._shorten()
            cut = f"\n[... {self._cut} characters cut ...]\n"
            return self._head + cut + "".join(self._parts)
        text = "".join(self._parts)
        return text if text.strip() else None


def first_line(text: str | None) -> str | None:
    """Return the first line that says something, as journals have it."""
    for line in (text or "").splitlines():
        if line.strip():
            said = line.strip()
            rest = said.removeprefix("AssertionError: ")
            return rest if rest.startswith("assert ") else said
    return None
