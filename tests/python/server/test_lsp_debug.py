"""Runs in a debugger, with the real adapter of debugpy in the place of VS Code."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.python.environment import clean_environment
from tests.python.server.conftest import Start, Write
from tests.python.server.dap import PLUGINS, Adapter, start_adapter
from tests.python.server.support import Session
from tests.python.server.test_lsp_runs import answered, cancel

from pytest_recall_server.lsp import protocol
from pytest_recall_server.runs.command import LAUNCHER

PRICES = """\
import json

import pytest


def price(pieces):
    total = pieces * 3
    if total > 6:
        raise ValueError(f"{total} is too much")
    return total


def test_skipped():
    pytest.skip("not today")


def test_expected():
    pytest.raises(ValueError, price, 3)


def test_cheap():
    assert price(2) == 6


def test_dear():
    pieces = 4
    assert price(pieces) == 12


def test_list():
    text = "[1, "
    json.loads(text)


def test_tax():
    tax = 5
    assert tax == 6
"""
PATIENT = {"PYDEVD_UNBLOCK_THREADS_ON_VARIABLES_TIMEOUT": "-1"}
"""On a busy machine debugpy would stop again, as at a breakpoint, where variables take it 3 s."""
ALONE = ["-p", "no:randomly", "-p", "no:rerunfailures"]

Debug = Callable[..., Awaitable[tuple[Adapter, "asyncio.Future[object]"]]]


def token_is(session: Session, token: str) -> protocol.DebugLaunch | None:
    """Return what the server wants to be launched for a run, once it has said so."""
    return next((each.launch for each in session.started if each.token == token), None)


def ask(session: Session, how: protocol.DebugKind, token: str = "run") -> asyncio.Future[object]:  # noqa: S107 # a token names a run
    """Ask for a run of all tests in a debugger, and return the answer to come."""
    params = session.converter.unstructure(session.run_params(token=token))
    sent = session.client.protocol.send_request(
        protocol.RUN, {**params, "debug": how}, msg_id=f"id-{token}"
    )
    answer: asyncio.Future[object] = asyncio.wrap_future(sent)
    return answer


async def tell_end(session: Session, token: str = "run", **said: str) -> None:  # noqa: S107 # a token names a run
    """Tell the server that a debugger's session has ended."""
    ended = protocol.DebugEndedParams(root=session.root_uri, token=token, **said)
    await session.request(protocol.DEBUG_ENDED, ended, type(None))


@pytest_asyncio.fixture
async def debug() -> AsyncIterator[Debug]:
    """Return what asks for a run and launches it as VS Code does; adapters end with the test."""
    adapters: list[Adapter] = []

    async def begin(
        session: Session,
        how: protocol.DebugKind,
        lines: tuple[int, ...] = (),
        token: str = "run",  # noqa: S107 # a token names a run
    ) -> tuple[Adapter, asyncio.Future[object]]:
        answer = ask(session, how, token)
        launch = await session.until(lambda: token_is(session, token))
        assert launch is not None
        adapter = await start_adapter()
        adapters.append(adapter)
        configuration = {
            "python": launch.interpreter,
            "program": launch.program,
            "args": launch.args,
            "cwd": launch.cwd,
            "env": {**launch.env, **PATIENT},
            "console": "internalConsole",
            "subProcess": False,
            "rules": [{"path": f"{Path(launch.program).parent}/**", "include": False}],
        }
        await adapter.launch(configuration, {str(session.root / "test_prices.py"): lines})
        return adapter, answer

    yield begin
    for adapter in adapters:
        await adapter.close()


@pytest.mark.asyncio
async def test_breakpoints_bind_though_the_project_wants_workers_and_coverage(
    project: Write, start: Start, debug: Debug
) -> None:
    ini = "[pytest]\naddopts = -n 2 --cov=. --cov-report=term\n"
    root = project({"test_prices.py": PRICES, "pytest.ini": ini})
    session = await start(
        root, interpreter=str(PLUGINS), args=ALONE, options={"env": {"COIN": "penny"}}
    )

    adapter, answer = await debug(session, "breakpoints", (27,))

    stopped = await adapter.event("stopped")
    assert stopped["reason"] == "breakpoint"
    # Neither pytest's frames nor ours are in the way.
    assert await adapter.stack(stopped) == ["test_dear:27"]
    assert (await adapter.variables(stopped))["pieces"] == "4"
    frame = (await adapter.request("stackTrace", threadId=stopped["threadId"]))["stackFrames"][0]
    coin = await adapter.request(
        "evaluate", frameId=frame["id"], expression="__import__('os').environ['COIN']"
    )
    assert coin["result"] == "'penny'"

    await adapter.go_on(stopped)
    await adapter.event("terminated")
    await tell_end(session, output=adapter.output)

    result = answered(session, await answer)
    assert (result.exit_status, result.cancelled, result.problem) == (1, False, None)
    assert result.counts == {"skipped": 1, "passed": 2, "failed": 3}
    assert session.outcomes()["test_prices.py::test_dear"] == "failed"
    assert "coverage" not in adapter.output
    assert "3 failed" in adapter.output
    # A terminal would run the same without the debugger.
    assert session.started[0].terminal is not None
    assert "--recall" not in session.started[0].terminal


@pytest.mark.asyncio
async def test_failures_stop_where_they_are_raised_and_nothing_else_does(
    project: Write, start: Start, debug: Debug
) -> None:
    session = await start(
        project({"test_prices.py": PRICES}),
        interpreter=str(PLUGINS),
        args=ALONE,
    )

    adapter, answer = await debug(session, "failures")

    stacks, seen = [], []
    for number in (1, 2, 3):
        stopped = await adapter.event("stopped", number)
        assert stopped["reason"] == "exception"
        stacks.append(await adapter.stack(stopped))
        seen.append(await adapter.variables(stopped))
        await adapter.go_on(stopped)
    await adapter.event("terminated")
    await tell_end(session)

    # What is raised in the library is shown where the test calls it.
    assert stacks == [["price:9", "test_dear:27"], ["test_list:32"], ["test_tax:37"]]
    assert [seen[0]["total"], seen[1]["text"], seen[2]["tax"]] == ["12", "'[1, '", "5"]
    assert len([each for each in adapter.events if each["event"] == "stopped"]) == 3
    assert answered(session, await answer).counts == {"skipped": 1, "passed": 2, "failed": 3}


@pytest.mark.asyncio
async def test_a_session_that_is_stopped_keeps_what_has_finished(
    project: Write, start: Start, debug: Debug
) -> None:
    session = await start(project({"test_prices.py": PRICES}), interpreter=str(PLUGINS), args=ALONE)
    adapter, answer = await debug(session, "breakpoints", (32,))
    await adapter.event("stopped")
    await session.until(lambda: "test_prices.py::test_dear" in session.outcomes())

    # The Stop button cancels the run, and the client ends the session.
    cancel(session, "id-run")
    await adapter.disconnect()
    await tell_end(session)

    result = answered(session, await answer)
    assert (result.cancelled, result.exit_status) == (True, None)
    assert result.counts == {"skipped": 1, "passed": 2, "failed": 1}
    summary = session.summary
    assert summary is not None
    assert (summary.failed, summary.unfinished) == (1, 2)
    assert session.records["test_prices.py::test_list"].outcome == "unfinished"
    assert session.records["test_prices.py::test_dear"].message is not None


@pytest.mark.asyncio
async def test_what_cannot_be_started_says_why_and_is_not_mixed_up_with_a_run_of_a_terminal(
    project: Write, start: Start
) -> None:
    root = project({"test_prices.py": PRICES})
    session = await start(root)
    answer = ask(session, "breakpoints", "one")
    assert await session.until(lambda: token_is(session, "one"))

    command = [sys.executable, LAUNCHER, "--", "-q", "test_prices.py::test_cheap"]
    await asyncio.to_thread(
        subprocess.run, command, cwd=root, env=clean_environment(), stdout=subprocess.DEVNULL
    )
    await session.until(lambda: session.ended)
    assert session.ended[0].token is None
    assert session.outcomes(None) == {"test_prices.py::test_cheap": "passed"}
    await tell_end(session, "one", problem="There is no debugger.")
    assert answered(session, await answer).problem == "There is no debugger."

    answer = ask(session, "breakpoints", "two")
    assert await session.until(lambda: token_is(session, "two"))
    await tell_end(session, "two", output="Pytest Recall: python has no pytest\n")
    problem = answered(session, await answer).problem
    assert problem is not None
    assert "has no pytest: install it" in problem

    # Nobody is debugged in Restricted Mode.
    params = protocol.SetInterpreterParams(
        interpreter=protocol.Interpreter(path=sys.executable), args=[], trusted=False
    )
    await session.request(protocol.SET_INTERPRETER, params, type(None))
    result = answered(session, await ask(session, "breakpoints", "three"))
    assert result.problem is not None
    assert "not trusted" in result.problem
    assert token_is(session, "three") is None
