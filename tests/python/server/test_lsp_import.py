"""What CI has reported, imported through the server and beside it."""

from __future__ import annotations

from pathlib import Path

import pytest
from pygls.exceptions import JsonRpcException
from tests.python.imports.shop import CART, bring_in, failed_case, last_failed, suite
from tests.python.server.conftest import Start, Write

from pytest_recall_server.lsp.protocol import (
    IMPORT,
    RUNS,
    ImportInto,
    ImportParams,
    ImportResult,
    RunsParams,
    RunsResult,
)
from pytest_recall_server.lsp.uris import uri_of

TOTAL, OTHER = f"{CART}::test_total", f"{CART}::test_other"
FILE = "def test_total():\n    total = 3\n    assert total == 4\n\ndef test_other():\n    pass\n"
TRACE = (
    "def test_total():\n        total = 3\n&gt;       assert total == 4\nE       assert 3 == 4\n\n"
    "/home/ci/shop/tests/test_cart.py:3: AssertionError"
)
REPORT = suite(
    '<testcase classname="tests.test_cart" name="test_total">'
    f'<failure message="assert 3 == 4">{TRACE}</failure></testcase>',
    failed_case("tests.test_cart", "test_gone"),
)


def params(root: Path, into: ImportInto, *files: Path, text: str | None = None) -> ImportParams:
    uris = [uri_of(str(file)) for file in files]
    return ImportParams(root=uri_of(str(root)), files=uris, text=text, into=into)


@pytest.mark.asyncio
async def test_failures_are_imported_shown_at_their_statement_and_forgotten_when_they_pass(
    project: Write, start: Start, tmp_path: Path
) -> None:
    root = project({CART: "# a line that CI did not have\n" + FILE})
    report = tmp_path / "junit.xml"
    report.write_text(REPORT, "utf-8")
    session = await start(root)

    result = await session.request(IMPORT, params(root, "add", report), ImportResult)

    assert (result.name, result.tests, result.failure_count) == ("junit.xml", 1, 1)
    assert [each.written for each in result.unknown] == ["tests.test_cart::test_gone"]
    assert last_failed(root) == [TOTAL]
    await session.until(lambda: TOTAL in session.records)
    record = session.records[TOTAL]
    assert record.location is not None
    # It was line 3 there and is line 4 here.
    where = record.location.range.start.line
    assert (record.message, where, record.outdated) == ("assert 3 == 4", 3, False)
    assert session.started == []

    (root / CART).write_text(FILE.replace("== 4", "== 3"), "utf-8")
    session.touched(CART)
    ran = await session.run("lastFailed")

    assert ran.exit_status == 0
    assert session.outcomes() == {TOTAL: "passed"}
    await session.until(lambda: session.summary is not None and not session.summary.failed)
    assert last_failed(root) == []


@pytest.mark.asyncio
async def test_an_import_of_a_terminal_is_seen_and_an_untrusted_workspace_can_import(
    project: Write, start: Start
) -> None:
    root = project({CART: FILE})
    session = await start(root, trusted=False)

    bring_in(root, REPORT, into="add")
    await session.until(lambda: session.records.get(TOTAL))
    asked = RunsParams(root=uri_of(str(root)), limit=10)
    (run,) = (await session.request(RUNS, asked, RunsResult)).runs
    line = f"FAILED {OTHER} - assert 1 == 2"
    result = await session.request(IMPORT, params(root, "replace", text=line), ImportResult)

    assert (run.origin, run.source, run.command) == ("imported", "ci", None)
    assert (result.name, [each.id for each in result.failures]) == ("the clipboard", [OTHER])
    await session.until(lambda: TOTAL not in session.records and OTHER in session.records)
    assert session.records[OTHER].message == "assert 1 == 2"
    with pytest.raises(JsonRpcException, match="tells of no failure"):
        await session.request(IMPORT, params(root, "look", text="hello"), ImportResult)
