"""What parsing cannot see is collected when somebody asks for it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.support import WATCHING, Session

from pytest_recall_server.lsp import protocol

GENERATED = """\
import pytest


def pytest_generate_tests(metafunc): metafunc.parametrize("n", [1, 2])


def test_a(n): assert False
"""


async def collect(session: Session) -> protocol.CollectResult:
    return await session.request(protocol.COLLECT, session.root_params(), protocol.CollectResult)


@pytest.mark.asyncio
async def test_collecting_teaches_what_parsing_cannot_see_and_runs_nothing(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": GENERATED, "pytest.ini": "[pytest]\naddopts = -k nothing\n"})
    session = await start(root)
    assert session.draw().splitlines() == ["test_a.py", "  test_a (6)"]

    found = await collect(session)

    assert (found.tests, found.errors, found.cancelled, found.problem) == (2, 0, False, None)
    await session.until(lambda: "[2]" in session.draw())
    assert session.draw().splitlines() == [
        "test_a.py",
        "  test_a (6)",
        "    [1] (6)",
        "    [2] (6)",
    ]
    assert session.started == []
    assert session.events == []
    assert not (root / ".pytest_cache/v/cache/lastfailed").exists()


@pytest.mark.asyncio
async def test_a_file_that_cannot_be_collected_says_why_until_it_changes(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "import nowhere\n\n\ndef test_a(): ...\n"})
    session = await start(root, capabilities=WATCHING)

    found = await collect(session)

    assert (found.tests, found.errors) == (0, 1)
    await session.until(lambda: session.files["test_a.py"].error is not None)
    assert session.draw().splitlines() == [
        "test_a.py",
        "  error at 0: ModuleNotFoundError: No module named 'nowhere'",
        "  test_a (3)",
    ]
    assert session.summary is not None
    assert session.summary.failed == 0, "pytest's own keys do not know of it"
    (root / "test_a.py").write_text("def test_a(): ...\n")
    session.touched("test_a.py")
    await session.until(lambda: session.draw() == "test_a.py\n  test_a (0)")


@pytest.mark.asyncio
async def test_two_who_ask_at_once_share_one_collection(project: Write, start: Start) -> None:
    count = "import pathlib\nlog = pathlib.Path(__file__).with_name('log')\n"
    count += "log.open('a').write('x')\n\n\ndef test_a(): ...\n"
    root = project({"test_a.py": count})
    session = await start(root)

    first, second = await asyncio.gather(collect(session), collect(session))

    assert first == second
    assert (root / "log").read_text() == "x"


@pytest.mark.asyncio
async def test_tests_run_while_others_are_collected_and_a_collection_can_be_cancelled(
    project: Write, start: Start
) -> None:
    root = project({"test_a.py": "def test_a(): ...\n"})
    os.mkfifo(root / "started")
    (root / "test_slow.py").write_text(
        "import sys\n"
        "if '--collect-only' in sys.argv:\n"
        "    open('started', 'w').close()\n"
        "    import threading; threading.Event().wait()\n"
    )
    session = await start(root)
    sent = session.client.protocol.send_request(
        protocol.COLLECT, session.converter.unstructure(session.root_params()), msg_id="collect"
    )
    # Opening it waits until the other side has been opened.
    await asyncio.to_thread((root / "started").read_text)

    ran = await session.run("ids", ["test_a.py"])
    assert ran.counts == {"passed": 1}
    session.client.protocol.notify("$/cancelRequest", types.CancelParams(id="collect"))
    answer = await asyncio.wait_for(asyncio.wrap_future(sent), 20)

    found = session.converter.structure(answer, protocol.CollectResult)
    assert found.cancelled


@pytest.mark.asyncio
@pytest.mark.parametrize("trusted", [True, False])
async def test_why_nothing_is_collected_is_said(
    project: Write, start: Start, trusted: bool, tmp_path: Path
) -> None:
    root = project({"test_a.py": "open('ran', 'w')\n\n\ndef test_a(): ...\n"})
    nobody = str(tmp_path / "nobody")
    session = await start(root, interpreter=nobody, trusted=trusted)

    found = await collect(session)

    expected = f"The Python interpreter {nobody} does not exist: choose another."
    assert found.problem == (
        expected if trusted else "This workspace is not trusted: trust it to run its tests."
    )
    assert not (root / "ran").exists()
