"""Commands of a client that is not ours: work done progress, messages, an end before its time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

import pytest
from lsprotocol import types
from tests.python.server.conftest import Start, Write
from tests.python.server.support import PATIENCE, Session, WorkDone
from tests.python.server.test_lsp_language import execute
from tests.python.server.test_lsp_runs import until_file
from tests.python.server.test_lsp_tree import run_in_terminal

SHOWING = types.ClientCapabilities(
    window=types.WindowClientCapabilities(work_done_progress=True),
    general=types.GeneralClientCapabilities(position_encodings=["utf-8", "utf-32", "utf-16"]),
)
# Each waits for a file, so that what is told of the one before is told by itself.
SLOW = """\
import pathlib, time

here = pathlib.Path(__file__).parent


def wait_for(name):
    while not (here / name).exists():
        time.sleep(0.01)


def test_bad():
    assert "é" == "e"


def test_waiting():
    (here / "waiting").touch()
    wait_for("go")


def test_last():
    wait_for("go")
"""


def told(session: Session) -> Sequence[WorkDone]:
    """Return what was shown of the only piece of work."""
    (values,) = session.progress.values()
    return values


async def until_told(session: Session, kind: type[WorkDone]) -> str:
    """Wait until something of *kind* was shown, and return the token of the work."""
    await session.until(lambda: any(isinstance(each, kind) for each in _all_told(session)))
    (token,) = session.progress
    return str(token)


def _all_told(session: Session) -> Iterator[WorkDone]:
    return chain.from_iterable(session.progress.values())


@pytest.mark.asyncio
async def test_a_run_of_a_command_shows_how_far_it_is_and_how_it_ended(
    project: Write, start: Start
) -> None:
    root = project({"test_slow.py": SLOW})
    (root / "go").touch()
    await run_in_terminal(root)
    session = await start(root, capabilities=SHOWING)
    # What the client would like better is not what we count in.
    assert session.capabilities is not None
    assert session.capabilities.position_encoding == "utf-16"

    # A run of a terminal is nobody's request: it shows in diagnostics alone.
    await run_in_terminal(root)
    await session.until(lambda: session.ended)
    assert (session.messages, session.progress) == ([], {})

    ids = ["test_slow.py"]
    (root / "go").unlink()
    running = asyncio.create_task(
        execute(session, "pytest-recall.rerun", {"root": session.root_uri, "ids": ids})
    )
    await until_told(session, types.WorkDoneProgressReport)
    (root / "go").touch()
    await running

    first, report, *_, last = told(session)
    assert first == types.WorkDoneProgressBegin(title="pytest", cancellable=True, percentage=0)
    assert isinstance(report, types.WorkDoneProgressReport)
    assert report.message in {"0/3", "1/3, 1 failed"}
    assert isinstance(last, types.WorkDoneProgressEnd)
    (message,) = session.messages
    assert message == f"pytest: {last.message}"
    assert message.startswith("pytest: 1 failed, 2 passed in ")


@pytest.mark.asyncio
@pytest.mark.parametrize("how", ["progress", "request"])
async def test_a_run_of_a_command_can_be_cancelled(project: Write, start: Start, how: str) -> None:
    root = project({"test_slow.py": SLOW})
    session = await start(root, capabilities=SHOWING)
    argument = {"root": session.root_uri, "ids": ["test_slow.py"]}
    params = types.ExecuteCommandParams(command="pytest-recall.rerun", arguments=[argument])
    answer = session.client.protocol.send_request(
        types.WORKSPACE_EXECUTE_COMMAND, params, msg_id="asked"
    )
    await until_file(Path(root, "waiting"))
    token = await until_told(session, types.WorkDoneProgressBegin)

    if how == "progress":
        session.client.window_work_done_progress_cancel(types.WorkDoneProgressCancelParams(token))
    else:
        session.client.cancel_request(types.CancelParams(id="asked"))

    # The run ends, is answered, and what it had found out is told and kept.
    await session.until(lambda: session.messages)
    assert session.messages[0].startswith("pytest: cancelled, 1 failed")
    assert isinstance(told(session)[-1], types.WorkDoneProgressEnd)
    if how == "progress":
        await asyncio.wait_for(asyncio.wrap_future(answer), PATIENCE)
    assert [each.cancelled for each in session.ended] == [True]
    assert "!test_bad" in session.draw()
    # The next one has its turn.
    (root / "go").touch()
    await execute(session, "pytest-recall.rerunLastFailed")
    assert session.messages[1].startswith("pytest: 1 failed in ")
