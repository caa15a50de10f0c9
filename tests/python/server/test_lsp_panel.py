"""What the Recall panel asks for: remembered runs, what runs next, undoing."""

from __future__ import annotations

# ruff: noqa: S106 # a token names a run
import subprocess
import sys

import pytest
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.support import SERVER, Session
from tests.python.server.test_lsp_requests import refusal
from tests.python.server.test_lsp_tree import remember

from pytest_recall_server.lsp import protocol

SOME = """\
import os, time

def test_good(): ...


def test_bad():
    print("a coin")
    assert 1 == 2


def test_slow():
    open("begun", "w").close()
    while os.path.exists("wait"):
        time.sleep(0.01)
"""
BAD = "test_a.py::test_bad"


async def runs_of(session: Session) -> list[protocol.PastRun]:
    params = protocol.RunsParams(root=session.root_uri)
    return (await session.request(protocol.RUNS, params, protocol.RunsResult)).runs


async def told_of(session: Session, run: str, *outcomes: str) -> list[protocol.PastTest]:
    params = protocol.RunTestsParams(root=session.root_uri, run=run, outcomes=list(outcomes))
    return (await session.request(protocol.RUN_TESTS, params, protocol.RunTestsResult)).tests


@pytest.mark.asyncio
async def test_runs_of_the_editor_and_of_a_terminal_are_listed_live_and_with_their_tests(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME})
    session = await start(root)
    await session.run("lastFailed", token="nothing")
    ran = await session.run(token="all")
    (root / "wait").touch()
    command = [sys.executable, "-m", "pytest", "-p", "pytest_recall.plugin", "-k", "slow or good"]
    environment = {**clean_environment(), "PYTHONPATH": str(SERVER)}
    terminal = subprocess.Popen(  # noqa: ASYNC220 # it only starts
        command, cwd=root, env=environment, stdout=subprocess.DEVNULL
    )
    try:
        await session.until(lambda: session.started[-1].token is None)
        await session.until(lambda: "test_a.py::test_good" in session.outcomes(None))
        live, *_ = await runs_of(session)
    finally:
        (root / "wait").unlink()
        terminal.wait()
    await session.until(lambda: session.ended[-1].token is None)

    first, second, *older = await runs_of(session)

    assert (live.state, live.origin, live.counts) == ("running", "terminal", {"passed": 1})
    assert (first.id, first.state, first.counts) == (live.id, "passed", {"passed": 2})
    assert first.command is not None
    assert first.command.endswith("-p pytest_recall.plugin -k 'slow or good'")
    assert (second.id, second.origin, second.state) == (ran.run, "editor", "failed")
    assert second.counts == {"passed": 2, "failed": 1}
    # Where nothing had failed there was nothing to run.
    assert [run.modes for run in older] in ([], [["lf"]])

    (bad,) = await told_of(session, second.id, "failed", "error")
    assert (bad.id, bad.outcome, bad.message) == (BAD, "failed", "assert 1 == 2")
    assert bad.location is not None
    assert bad.location.range.start.line == SOME.splitlines().index("def test_bad():")
    assert len(await told_of(session, second.id)) == 3  # all tests
    params = protocol.RunReportParams(root=session.root_uri, run=second.id)
    report = await session.request(protocol.RUN_REPORT, params, protocol.FailureText)
    assert f"FAILED {BAD} - assert 1 == 2" in report.text
    assert "--- Captured stdout ---\na coin" in report.text
    params = protocol.RunReportParams(root=session.root_uri, run=first.id)
    assert "No test has failed" in await refusal(session, protocol.RUN_REPORT, params)

    selection = protocol.Selection(kind="failedFirst")
    ahead = protocol.PreviewParams(root=session.root_uri, selection=selection, limit=1)
    preview = await session.request(protocol.PREVIEW, ahead, protocol.PreviewResult)
    assert [(test.id, test.why) for test in preview.tests] == [(BAD, "failed")]
    assert preview.tests[0].location == bad.location
    assert preview.total == 3  # all tests


@pytest.mark.asyncio
async def test_what_is_taken_out_of_the_cache_is_told_and_comes_back(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": SOME})
    gone = "test_gone.py::test_x"
    lastfailed = remember(root, [BAD, gone], [BAD, gone])
    session = await start(root, trusted=False, interpreter=None)
    uri = session.root_uri

    async def undo() -> protocol.CacheUndoResult:
        params = protocol.CacheUndoParams(root=uri)
        return await session.request(protocol.CACHE_UNDO, params, protocol.CacheUndoResult)

    async def remove(method: str, params: object) -> protocol.CacheRemoval:
        return await session.request(method, params, protocol.CacheRemoval)

    async def until_failed(count: int) -> None:
        await session.until(lambda: session.summary and session.summary.failed == count)

    pruned = await remove(protocol.CACHE_PRUNE, session.root_params())
    assert (pruned.removed, pruned.undo is None) == (1, False)
    await until_failed(1)
    await undo()
    await until_failed(2)

    await remove(protocol.FORGET, protocol.NamedTests(root=uri, ids=[BAD]))
    await until_failed(1)
    assert (await undo()).what == f"Forgot {BAD}"
    await until_failed(2)

    delete = protocol.CacheDeleteParams(root=uri, key="cache/lastfailed", kind="value")
    await remove(protocol.CACHE_DELETE, delete)
    assert not lastfailed.exists()
    await until_failed(0)
    await undo()
    await until_failed(2)

    before = session.cache_changes
    cleared = await remove(protocol.CACHE_CLEAR, session.root_params())
    await until_failed(0)
    await session.until(lambda: session.cache_changes > before)
    undone = await undo()
    await until_failed(2)
    # The copies that pruning keeps, too.
    assert undone.restored == cleared.removed
    assert "no change of the cache" in await refusal(
        session, protocol.CACHE_UNDO, protocol.CacheUndoParams(root=uri)
    )
