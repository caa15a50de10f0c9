"""What a run has covered, read from coverage.py's JSON report."""

from __future__ import annotations

import os
from array import array
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from pytest_recall_server.model.ids import path_of
from pytest_recall_server.model.results import mapping

CoverageMode = Literal["off", "files", "tests"]
_PHASES = ("|setup", "|run", "|teardown")

Lines = array  # of "i": a project has a million of them
"""Lines, 1-based."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Count:
    """How many of some there are, and how many of them ran."""

    covered: int
    total: int


@dataclass(frozen=True, kw_only=True, slots=True)
class CoveredFile:
    """What is known of one file; lines are 1-based."""

    path: str
    """Absolute."""
    statements: Count
    branches: Count | None
    """None: branches were not measured."""
    executed: Lines[int]
    missing: Lines[int]
    taken: Lines[int]
    """Branches that were taken: pairs of from and to, which is negative for an exit."""
    missed: Lines[int]
    by_test: Mapping[str, Lines[int]]
    """Node id → executed lines, where contexts were recorded."""

    def branches_at(self) -> dict[int, list[tuple[int, bool]]]:
        """Return line → where its branches lead, and whether they were taken."""
        found: dict[int, list[tuple[int, bool]]] = defaultdict(list)
        for pairs, taken in ((self.taken, True), (self.missed, False)):
            for source, target in zip(pairs[::2], pairs[1::2], strict=True):
                found[source].append((target, taken))
        return found


class TestNames:
    """Finds the tests that contexts of coverage.py stand for."""

    __test__ = False

    def __init__(self, ids: Iterable[str]) -> None:
        self._ids = frozenset(ids)
        functions = {_function_of(node_id) for node_id in self._ids}
        self._dotted = {name: each for each in functions for name in _dotted(each)}

    def of(self, context: str) -> str | None:
        """Return the test, or a function with all its parameters; None where it is of no test.

        pytest-cov says ``t.py::test|run``, coverage.py's own ``dynamic_context`` ``t.test``, and
        both with ``name|`` before it where the run has a ``context`` of its own.
        """
        for phase in _PHASES:
            context = context.removesuffix(phase)
        while context:
            if context in self._ids:
                return context
            if context in self._dotted:
                return self._dotted[context]
            context = context.partition("|")[2]
        return None


def _function_of(node_id: str) -> str:
    path = path_of(node_id)
    return path + node_id[len(path) :].partition("[")[0]


def _dotted(function: str) -> Iterator[str]:
    """Yield how coverage.py may name a function."""
    path = path_of(function)
    tail = function[len(path) :].replace("::", ".")
    parts = os.path.splitext(path)[0].split("/")
    # What the module is called depends on where its package begins.
    for start in range(len(parts)):
        yield ".".join(parts[start:]) + tail


def read_report(report: object, cwd: str, ids: Iterable[str]) -> list[CoveredFile]:
    """Return the files of a report of ``coverage json`` that ran in *cwd*, in its order.

    *ids* are the tests of the run.  What is of another shape than it should be is left out.
    """
    names = TestNames(ids)
    entries = mapping(mapping(report).get("files"))
    read = (_file(os.path.join(cwd, path), mapping(one), names) for path, one in entries.items())
    return [file for file in read if file.statements.total > 0]


def _file(path: str, entry: Mapping[str, object], names: TestNames) -> CoveredFile:
    summary = mapping(entry.get("summary"))
    taken, missed = _pairs(entry.get("executed_branches")), _pairs(entry.get("missing_branches"))
    executed, missing = _lines(entry.get("executed_lines")), _lines(entry.get("missing_lines"))
    measured = "num_branches" in summary
    return CoveredFile(
        path=os.path.normpath(path),
        statements=Count(covered=len(executed), total=len(executed) + len(missing)),
        branches=Count(covered=len(taken) // 2, total=(len(taken) + len(missed)) // 2)
        if measured
        else None,
        executed=executed,
        missing=missing,
        taken=taken,
        missed=missed,
        by_test=_by_test(mapping(entry.get("contexts")), names),
    )


def _by_test(contexts: Mapping[str, object], names: TestNames) -> dict[str, Lines[int]]:
    found: dict[str, Lines[int]] = {}
    known: dict[str, str | None] = {}
    for line, told in contexts.items():
        for context in told if isinstance(told, list) and line.isdecimal() else ():
            if context not in known:
                known[context] = names.of(str(context))
            test = known[context]
            if test is None:
                continue
            lines = found.setdefault(test, array("i"))
            if not lines or lines[-1] != int(line):
                lines.append(int(line))
    return found


def _lines(value: object) -> Lines[int]:
    return array("i", (line for line in _list(value) if isinstance(line, int)))


def _pairs(value: object) -> Lines[int]:
    pairs = (pair for pair in _list(value) if isinstance(pair, list) and len(pair) == 2)  # noqa: PLR2004
    return array("i", (line for pair in pairs for line in pair if isinstance(line, int)))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []
