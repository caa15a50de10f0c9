"""Say what a run has to do: a model of pytest's two plugins, with every named cure as a switch.

Without any cure the model is stock, with all of them it is ours; both are held to it in every step
of every script. It is written after pytest's behaviour and `docs/plugin.md`, knows the suite as
a value instead of a collection, and shares no code with the plugin.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.python.plugin.differential.suite import File, Suite

CURES = frozenset(
    {"D3", "D5", "D6", "D7", "D8", "D9", "D10", "D13", "D14", "D15", "D16", "D17", "D18", "D23"}
    | {"D27"}
)
"""The cures that one run by itself can show; the others have tests of their own."""

Progress = tuple[str | None, int | None]
"""Of stepwise: the failed id and the number of tests."""


@dataclass(frozen=True)
class State:
    """What is remembered."""

    lastfailed: tuple[str, ...] = ()
    nodeids: tuple[str, ...] = ()
    stepwise: Progress | None = None


@dataclass(frozen=True)
class Situation:
    """All that decides what a run does."""

    suite: Suite
    before: State
    flags: tuple[str, ...]
    named: str = ""
    """The argument: a file, a test, `nosuch.py`, or nothing."""
    cures: frozenset[str] = CURES

    def cured(self, name: str) -> bool:
        """Tell whether the cure *name* is applied."""
        return name in self.cures

    def has(self, *flags: str) -> bool:
        """Tell whether all *flags* were given."""
        return set(flags) <= set(self.flags)

    @property
    def stepwise(self) -> bool:
        """Whether stepwise is on; its other flags imply it."""
        return any(flag.startswith("--sw") for flag in self.flags)

    @property
    def missing(self) -> bool:
        """Whether the argument does not exist."""
        return self.named == "nosuch.py"

    @property
    def start(self) -> State:
        """What is remembered once `--cache-clear` has been heeded."""
        spared = self.cured("D27") and (self.missing or self.has("--collect-only"))
        return State() if self.has("--cache-clear") and not spared else self.before

    @property
    def files(self) -> dict[str, File]:
        """The files by path."""
        return {file.path: file for file in self.suite.files}


@dataclass
class Collection:
    """What was collected."""

    items: list[str] = field(default_factory=list)
    visited: list[str] = field(default_factory=list)
    """Files that were collected without an error."""
    errors: list[str] = field(default_factory=list)
    nodes: set[str] = field(default_factory=set)
    """Files and classes whose tests were asked for."""
    skipped: int = 0
    """How many files `--lf` has skipped."""
    found: bool = False
    """Whether a known failure was collected."""
    ended: bool = False
    """Whether `-x` has ended it after an error."""


@dataclass
class Selection:
    """What is to run."""

    run: list[str]
    deselected: list[str] = field(default_factory=list)
    failed: set[str] = field(default_factory=set)
    """Ids among those to run that count as failed."""
    lastfailed_line: str = "None"
    stepwise_lines: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Expected:
    """What can be seen of a run."""

    status: int
    ran: tuple[str, ...]
    selected: tuple[str, ...]
    deselected: tuple[str, ...]
    collected: tuple[str, ...]
    """Files collected without an error, in order."""
    errors: tuple[str, ...]
    lines: tuple[str, ...]
    """The status lines of last-failed and stepwise."""
    after: State


def path_of(nodeid: str) -> str:
    """Return the file of *nodeid*."""
    return nodeid.partition("::")[0]


def function_of(nodeid: str) -> str:
    """Return *nodeid* without parameters."""
    return nodeid.partition("[")[0]


def folders_of(path: str) -> list[str]:
    """Return the folders that *path* lies in, the root as an empty text."""
    parts = path.split("/")[:-1]
    return ["/".join(parts[:count]) for count in range(len(parts) + 1)]
