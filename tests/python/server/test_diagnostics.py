"""What failures say as diagnostics: made once, however often others come."""

from __future__ import annotations

from lsprotocol import types

from pytest_recall_server.lsp import protocol
from pytest_recall_server.lsp.diagnostics import Diagnostics

ROOT = "file:///shop"
FILE = f"{ROOT}/test_shop.py"


def result(name: str, line: int, outcome: protocol.Outcome = "failed") -> protocol.RunEventsParams:
    """Return that a test of the file has ended, with a failure at *line* (0-based)."""
    start = protocol.Position(line=line, character=4)
    record = protocol.Record(
        id=f"test_shop.py::{name}",
        outcome=outcome,
        when=1.0,
        duration=0.1,
        phase="call",
        message=f"assert {line} == 0",
        location=protocol.Location(uri=FILE, range=protocol.Range(start=start, end=start)),
        frames=[],
        expected=None,
        actual=None,
        longrepr=None,
        outdated=False,
    )
    event = protocol.RunEvent(kind="finished", record=record)
    return protocol.RunEventsParams(root=ROOT, run="r", token=None, selected=2, events=[event])


def test_a_failure_is_made_a_diagnostic_once_and_goes_when_it_passes() -> None:
    told: list[types.PublishDiagnosticsParams] = []
    diagnostics = Diagnostics(told.append)
    for params in (result("test_a", 1), result("test_b", 2), result("test_b", 2, "passed")):
        assert diagnostics.see(params)
        diagnostics.tell()

    assert [[each.message for each in params.diagnostics] for params in told] == [
        ["assert 1 == 0"],
        ["assert 1 == 0", "assert 2 == 0"],
        ["assert 1 == 0"],
    ]
    assert len({id(params.diagnostics[0]) for params in told}) == 1


def test_a_result_that_is_no_news_is_not_told() -> None:
    diagnostics = Diagnostics(lambda _: None)

    assert diagnostics.see(result("test_a", 1))
    assert not diagnostics.see(result("test_a", 1))
    assert diagnostics.see(result("test_a", 3))
    assert not diagnostics.see(result("test_b", 2, "passed"))
