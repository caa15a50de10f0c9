"""The command line and the server give one answer."""

from __future__ import annotations

import asyncio
import json

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.test_lsp_preview import GET_1, HIGH, LOW, SHOP, preview, remember

from pytest_recall.__main__ import main
from pytest_recall_server.cli.selecting import SELECTIONS
from pytest_recall_server.lsp import protocol

NAMES: dict[str, protocol.SelectionKind] = {
    "--lf": "lastFailed",
    "--outstanding": "outstanding",
    "--ff": "failedFirst",
    "--nf": "newFirst",
    "--sw": "stepwise",
}


@pytest.mark.asyncio
async def test_what_is_foreseen_and_counted_is_what_an_editor_is_told(
    project: Write, start: Start, capsys: pytest.CaptureFixture[str]
) -> None:
    root = project(SHOP)
    remember(
        root,
        cache__lastfailed={HIGH: True, GET_1: True},
        cache__nodeids=[GET_1, HIGH],
        cache__stepwise={"last_failed": LOW, "last_test_count": 6, "last_cache_date_str": ""},
        recall__unfinished={"version": 1, "ids": [LOW]},
    )
    session = await start(root)
    narrowed = ["tests/unit"]

    async def asked(*arguments: str) -> dict[str, object]:
        capsys.readouterr()
        # In a thread: a command has an event loop of its own.
        command = [*arguments, "--json", "--rootdir", str(root)]
        assert await asyncio.to_thread(main, command) == 0
        answer: dict[str, object] = json.loads(capsys.readouterr().out)
        return answer

    assert [each.flags[0] for each in SELECTIONS] == [*NAMES]
    for flag, kind in NAMES.items():
        for ids in ([], narrowed):
            told = await preview(session, kind, ids)
            own = await asked("preview", flag, *ids)
            assert own["tests"] == [{"id": each.id, "why": each.why} for each in told.tests]
            assert own["deselected"] == told.deselected
            assert own["status"] == told.status
            assert own["certain"] == told.certain
    status, counts = await asked("status"), session.summary
    assert counts is not None
    assert [status[name] for name in ("failed", "unfinished", "new", "tests")] == [
        *(counts.failed, counts.unfinished, counts.new, counts.total)
    ]
    assert (counts.failed, counts.unfinished, counts.new, counts.total) == (2, 1, 4, 6)
