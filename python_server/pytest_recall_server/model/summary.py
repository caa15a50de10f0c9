"""What is told of a file whose tests nobody has asked for: how many there are, how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pytest_recall_server.model.facts import FileError, FileFacts, Memory
from pytest_recall_server.model.results import Result
from pytest_recall_server.model.testids import single_tests


@dataclass(frozen=True, kw_only=True, slots=True)
class FileSummary:
    """A file without its rows."""

    path: str
    modified: int
    """Nanoseconds since the epoch."""
    new: bool
    failed: bool
    unfinished: bool
    error: FileError | None
    tests: int
    """How many pytest would run one by one, as far as is known."""
    new_tests: int
    passed: int
    """Of how many the last known outcome is passed, and none is outstanding."""
    stale: int
    """The source of how many has changed since their result."""
    slow: bool = False
    """One of them took long when it ran last."""
    marks: tuple[str, ...] = ()
    """The names of all marks on tests."""


def summary_of(facts: FileFacts, memory: Memory) -> FileSummary:
    """Return how the tests of one file stand."""
    tests = single_tests(facts, memory)
    seen = memory.seen
    new = 0 if seen is None else len(tests) - sum(map(seen.__contains__, tests))
    return FileSummary(
        path=facts.path,
        modified=facts.modified,
        new=new > 0,
        failed=memory.is_failed(facts.path),
        unfinished=memory.is_unfinished(facts.path),
        error=facts.error,
        tests=len(tests),
        new_tests=new,
        passed=_passed(tests, memory, facts.results) if facts.results else 0,
        stale=sum(map(facts.is_stale, tests)) if facts.results and facts.flat.since else 0,
        slow=bool(facts.results) and any(map(facts.is_slow, tests)),
        marks=facts.flat.marks,
    )


def _passed(tests: Sequence[str], memory: Memory, results: Mapping[str, Result]) -> int:
    return sum(
        each in results and results[each].outcome == "passed" and not memory.is_outstanding(each)
        for each in tests
    )
