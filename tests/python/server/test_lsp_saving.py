"""Runs of what was saved, asked of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from tests.python.server.conftest import Start, Write
from tests.python.server.support import Session, write_files
from tests.python.server.test_lsp_runs import answered, cancel, until_file

from pytest_recall_server.lsp import protocol

FILES = {
    "shop.py": "PRICE = 1\n",
    "test_a.py": "import shop\n\n\ndef test_good(): pass\n\n\ndef test_bad(): assert shop.PRICE\n",
    "sub/test_b.py": "def test_b(): pass\n",
    "sub/test_c.py": "def test_c(): pass\n",
}
BAD, GOOD = "test_a.py::test_bad", "test_a.py::test_good"


def params(
    session: Session, token: str, files: Sequence[str], ids: Sequence[str] = ()
) -> protocol.RunParams:
    uris = [session.uri(path) for path in files]
    selection = protocol.Selection(kind="changed", files=uris, ids=list(ids))
    return protocol.RunParams(root=session.root_uri, token=token, selection=selection)


async def saved(session: Session, token: str, *files: str, ids: Sequence[str] = ()) -> list[str]:
    """Return the tests that run when *files* were saved, in their order; none: nothing is told."""
    asked = params(session, token, files, ids)
    foreseen = await session.request(
        protocol.PREVIEW,
        protocol.PreviewParams(root=session.root_uri, selection=asked.selection, limit=0),
        protocol.PreviewResult,
    )
    result = await session.request(protocol.RUN, asked, protocol.RunResult)
    ran = list(session.outcomes(token))
    assert [test.id for test in foreseen.tests] == ran
    assert result.problem is None
    assert not result.cancelled
    assert (result.run is not None) == bool(ran)
    assert bool(ran) == any(run.token == token for run in session.started)
    return ran


@pytest.mark.asyncio
async def test_what_was_saved_is_tested_with_what_failed_and_what_is_new(
    project: Write, start: Start
) -> None:
    root = project(FILES)
    session = await start(root)
    await session.run()

    assert await saved(session, "nothing", "shop.py") == []
    assert await saved(session, "a test file", "sub/test_b.py") == ["sub/test_b.py::test_b"]
    assert await saved(session, "of tools", ".vscode/settings.json", ".pytest_cache/x") == []

    write_files(root, {"shop.py": "PRICE = 0  # a bug\n"})
    assert await saved(session, "not chosen", "test_a.py", ids=["sub"]) == []
    assert await saved(session, "chosen", "test_a.py", ids=[BAD]) == [BAD]
    assert session.outcomes("chosen") == {BAD: "failed"}
    assert await saved(session, "failed", "shop.py") == [BAD]
    terminal = session.started[-1].terminal
    assert terminal is not None
    assert terminal.endswith(f"-m pytest --ff {BAD}")

    write_files(root, {"test_new.py": "def test_new(): pass\n"})
    # Nobody has told the server of the file but this request.
    ran = await saved(session, "new", "test_new.py", "sub/test_c.py")
    assert ran == [BAD, "sub/test_c.py::test_c", "test_new.py::test_new"]

    write_files(root, {"test_a.py": FILES["test_a.py"] + "\n\ndef test_more(): pass\n"})
    session.touched("test_a.py")
    await session.until(lambda: session.files["test_a.py"].new)
    assert await saved(session, "elsewhere", "sub/test_b.py") == [
        BAD,
        "sub/test_b.py::test_b",
        "test_a.py::test_more",
    ]
    write_files(root, {"shop.py": "PRICE = 1\n"})
    assert await saved(session, "mended", "shop.py") == [BAD]
    assert await saved(session, "all is well", "shop.py") == []


WAITING = """\
import pathlib, time


def test_waits():
    pathlib.Path("waiting").touch()
    while not pathlib.Path("go").exists():
        time.sleep(0.01)
"""


@pytest.mark.asyncio
async def test_what_is_saved_during_a_run_waits_for_it_as_one_run(
    project: Write, start: Start
) -> None:
    root = project({**FILES, "test_w.py": WAITING})
    session = await start(root)

    def ask(token: str, params: protocol.RunParams) -> asyncio.Future[object]:
        sent = session.converter.unstructure(params)
        answer = session.client.protocol.send_request(protocol.RUN, sent, msg_id=token)
        future: asyncio.Future[object] = asyncio.ensure_future(asyncio.wrap_future(answer))
        return future

    first = ask("first", session.run_params(token="first"))  # noqa: S106
    await until_file(root / "waiting")
    one = ask("one", params(session, "one", ["test_a.py"]))
    await session.until(lambda: session.summary and session.summary.waiting == 1)
    line = session.started[0].terminal
    assert f"waiting for this run to end: {line}" in session.output("one")
    two = ask("two", params(session, "two", ["sub/test_b.py"]))
    assert answered(session, await one).cancelled
    three = ask("three", params(session, "three", ["shop.py"], ids=["sub"]))
    await session.until(lambda: session.summary and session.summary.waiting == 2)
    cancel(session, "three")
    assert answered(session, await three).cancelled
    await session.until(lambda: session.summary and session.summary.waiting == 1)
    (root / "go").touch()

    assert answered(session, await first).exit_status == 0
    assert answered(session, await two).counts == {"passed": 3}
    assert set(session.outcomes("two")) == {"sub/test_b.py::test_b", GOOD, BAD}
    assert [run.token for run in session.started] == ["first", "two"]
    await session.until(lambda: session.summary and session.summary.waiting == 0)
