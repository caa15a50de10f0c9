"""From what runs have covered to messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.uris import uri_of
from pytest_recall_server.model.coverage import Count, CoveredFile

MOST = 200
"""So many files are told at once."""


def coverage(
    root: str, token: str, files: Sequence[CoveredFile]
) -> Iterator[protocol.CoverageParams]:
    """Yield what a run has covered, file by file, without lines."""
    for start in range(0, len(files), MOST):
        yield protocol.CoverageParams(
            root=uri_of(root),
            token=token,
            files=[_file(file) for file in files[start : start + MOST]],
        )


def _file(file: CoveredFile) -> protocol.FileCoverage:
    return protocol.FileCoverage(
        uri=uri_of(file.path),
        statements=_count(file.statements),
        branches=None if file.branches is None else _count(file.branches),
        tests=sorted(file.by_test),
    )


def _count(count: Count) -> protocol.CoverageCount:
    return protocol.CoverageCount(covered=count.covered, total=count.total)


def details(file: CoveredFile) -> protocol.FileCoverageResult:
    """Return the lines of a file, in order."""
    branches = file.branches_at()
    ran = {**dict.fromkeys(file.missing, False), **dict.fromkeys(file.executed, True)}
    return protocol.FileCoverageResult(
        lines=[
            protocol.CoveredLine(
                line=line - 1,
                covered=covered,
                branches=[
                    protocol.CoveredBranch(to=target - 1 if target > 0 else None, taken=taken)
                    for target, taken in sorted(branches.get(line, ()))
                ],
            )
            for line, covered in sorted(ran.items())
        ],
    )


def details_of_test(file: CoveredFile, test: str) -> protocol.FileCoverageResult:
    """Return the lines that one test has run, and nothing of others."""
    lines = sorted(file.by_test.get(test, ()))
    return protocol.FileCoverageResult(
        lines=[protocol.CoveredLine(line=line - 1, covered=True) for line in lines]
    )
